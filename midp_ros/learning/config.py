"""The training configuration, which checks itself; imports core and PyYAML only.

Raises ConfigError (value and range) or UnknownNameError (the known keys or choices).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.plain_data import build, first_difference, override_value, require
from midp_ros.learning.encoders.encoder_config import EncoderConfig

# What the regulariser can relate: names of tensors that one denoising step of training has at hand.
QUANTITIES = (
    *("noisy_action", "predicted_noise", "denoised_action", "observation", "observation_features"),
    *("demonstrated_action", "next_action"),
)
METHODS = ("diffusion", "flow", "regression")
WEIGHTINGS = ("noise", "velocity")
FROM_POLICY = ("predicted_noise", "denoised_action", "observation_features")
ESTIMATORS = ("donsker_varadhan", "nwj", "infonce", "smile")
RENAMED = {"history": "history_bottleneck"}  # sections of older configurations, checkpoints and experiments


@dataclass(frozen=True)
class ModelConfig:
    """The denoiser, its size, and the normaliser's floor.

    Attributes:
        name: of a denoiser that `midp list denoisers` shows.
        channels, kernel, groups, embedding: of the U-Net.
        options: of another package's denoiser.
    """

    name: str = "unet"
    channels: tuple[int, ...] = (32, 64, 128)
    kernel: int = 5
    groups: int = 8
    embedding: int = 128
    floor: float = 0.01
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ok = len(self.channels) >= 1 and all(c >= 1 and c % self.groups == 0 for c in self.channels)
        require(self.groups >= 1, "model.groups", self.groups, "at least 1")
        require(ok, "model.channels", list(self.channels), f"one or more multiples of model.groups={self.groups}")
        require(self.kernel >= 1 and self.kernel % 2 == 1, "model.kernel", self.kernel, "an odd number of steps")
        require(self.embedding >= 1, "model.embedding", self.embedding, "at least 1")
        require(self.floor > 0, "model.floor", self.floor, "more than 0")
        ok = not self.options or self.name != ModelConfig.name
        require(ok, "model.options", self.options, f"none for {self.name!r}, whose keys are those of `model`")


@dataclass(frozen=True)
class DiffusionConfig:
    """How chunks become noise and noise becomes chunks: the method, its steps in training and in sampling."""

    method: str = "diffusion"
    steps: int = 100
    sampling_steps: int = 10
    clip_sample: bool = True
    weighting: str = "velocity"

    def __post_init__(self) -> None:
        require(self.steps >= 2, "diffusion.steps", self.steps, "at least 2")
        ok = 1 <= self.sampling_steps <= self.steps
        require(ok, "diffusion.sampling_steps", self.sampling_steps, f"1 to diffusion.steps={self.steps}")
        if self.method not in METHODS:
            raise UnknownNameError("diffusion.method", self.method, METHODS)
        if self.weighting not in WEIGHTINGS:
            raise UnknownNameError("diffusion.weighting", self.weighting, WEIGHTINGS)
        if self.method == "regression":  # it predicts the chunk, at once
            require(self.weighting == "velocity", "diffusion.weighting", self.weighting, "velocity with regression")
            require(self.sampling_steps == 1, "diffusion.sampling_steps", self.sampling_steps, "1 with regression")


@dataclass(frozen=True)
class TrainingConfig:
    """The optimisation: AdamW, cosine learning rate with warm-up, clipped gradients, moving average of the weights."""

    steps: int = 6000
    batch: int = 256
    learning_rate: float = 1e-3
    warmup_steps: int = 500
    weight_decay: float = 1e-6
    gradient_clip: float = 1.0
    ema_decay: float = 0.9995
    ema_power: float = 0.75
    log_every: int = 50
    save_every: int = 500

    def __post_init__(self) -> None:
        for key in ("steps", "batch", "log_every", "save_every"):
            require(getattr(self, key) >= 1, f"training.{key}", getattr(self, key), "at least 1")
        for key in ("learning_rate", "gradient_clip", "ema_power"):
            require(getattr(self, key) > 0, f"training.{key}", getattr(self, key), "more than 0")
        require(self.warmup_steps >= 0, "training.warmup_steps", self.warmup_steps, "at least 0")
        require(self.weight_decay >= 0, "training.weight_decay", self.weight_decay, "at least 0")
        require(0 <= self.ema_decay < 1, "training.ema_decay", self.ema_decay, "0 to below 1")


@dataclass(frozen=True)
class RegulariserConfig:
    """The pair of quantities whose mutual information is bounded, and the weight of the bound in the loss."""

    x: str = "denoised_action"
    y: str = "observation"
    estimator: str = "donsker_varadhan"
    negatives: int = 1
    weight: float = 0.0
    warmup_steps: int = 1000
    first_step: int = 0
    last_step: int | None = None
    hidden: int = 128
    learning_rate: float = 1e-3
    partition_rate: float = 0.01
    drift: float = 0.1

    def __post_init__(self) -> None:
        for key in ("x", "y"):
            if getattr(self, key) not in QUANTITIES:
                raise UnknownNameError(f"regulariser.{key}", getattr(self, key), QUANTITIES)
        require(self.x != self.y, "regulariser.y", self.y, "something else than regulariser.x")
        ok = self.x in FROM_POLICY or self.y in FROM_POLICY
        require(ok, "regulariser.x", self.x, f"x or y to come from the policy: {', '.join(FROM_POLICY)}")
        if self.estimator not in ESTIMATORS:
            raise UnknownNameError("regulariser.estimator", self.estimator, ESTIMATORS)
        require(self.negatives >= 1, "regulariser.negatives", self.negatives, "at least 1")
        require(self.first_step >= 0, "regulariser.first_step", self.first_step, "at least 0")
        ok = self.last_step is None or self.last_step >= self.first_step
        require(ok, "regulariser.last_step", self.last_step, f"at least regulariser.first_step={self.first_step}")
        require(self.weight >= 0, "regulariser.weight", self.weight, "at least 0")
        require(self.warmup_steps >= 0, "regulariser.warmup_steps", self.warmup_steps, "at least 0")
        require(self.hidden >= 1, "regulariser.hidden", self.hidden, "at least 1")
        require(self.learning_rate > 0, "regulariser.learning_rate", self.learning_rate, "more than 0")
        require(self.drift >= 0, "regulariser.drift", self.drift, "at least 0")
        require(0 < self.partition_rate <= 1, "regulariser.partition_rate", self.partition_rate, "above 0, up to 1")


@dataclass(frozen=True)
class HistoryBottleneckConfig:
    """The information bottleneck on past observations: its weight in the loss [1/nat]; 0: none."""

    weight: float = 0.0

    def __post_init__(self) -> None:
        require(self.weight >= 0, "history_bottleneck.weight", self.weight, "at least 0")


@dataclass(frozen=True)
class SceneMotionsConfig:
    """Planar motions of the whole scene, drawn for each window: where the anchor comes to lie.

    Attributes:
        anchor: the object whose `anchor_position` and `anchor_rotation` are observed.
        x_m, y_m, yaw_rad: ranges of its place in the base frame and of its yaw, as the task shows it; of a symmetric
            object the yaws of one of its equivalent orientations.
    """

    anchor: str
    x_m: tuple[float, float]
    y_m: tuple[float, float]
    yaw_rad: tuple[float, float]

    def __post_init__(self) -> None:
        for key in ("x_m", "y_m", "yaw_rad"):
            limits = getattr(self, key)
            ok = len(limits) == 2 and limits[0] <= limits[1]
            require(ok, f"scene_motions.{key}", list(limits), "a lower and an upper limit")


@dataclass(frozen=True)
class TrainConfig:
    """Everything that a training run depends on, apart from the demonstrations themselves.

    Attributes:
        name: folder of `runs` for the run.
        data: folder of recorded episodes, or a zarr file of Push-T.
        keep_failed: learn episodes that are marked as failures, too.
        held_out: share of the episodes that is not learned but measured on, 0 to 0.5.
        encoder: of the contract's images; None: the default, where there are any.
    """

    name: str
    data: str
    runs: str = "runs"
    seed: int = 0
    keep_failed: bool = False
    held_out: float = 0.0
    model: ModelConfig = field(default_factory=ModelConfig)
    diffusion: DiffusionConfig = field(default_factory=DiffusionConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    history_bottleneck: HistoryBottleneckConfig = field(default_factory=HistoryBottleneckConfig)
    regulariser: RegulariserConfig | None = None
    scene_motions: SceneMotionsConfig | None = None
    encoder: EncoderConfig | None = None

    def __post_init__(self) -> None:
        ok = bool(self.name) and Path(self.name).name == self.name
        require(ok, "name", self.name, "a plain name: it becomes a folder of runs")
        require(bool(self.data), "data", self.data, "a folder of recorded episodes")
        require(self.seed >= 0, "seed", self.seed, "at least 0")
        require(0 <= self.held_out <= 0.5, "held_out", self.held_out, "a share of the episodes, 0 to 0.5")
        if r := self.regulariser:
            ok = r.negatives < self.training.batch
            require(ok, "regulariser.negatives", r.negatives, f"below training.batch={self.training.batch}")
            ok = max(r.first_step, r.last_step or 0) < self.diffusion.steps
            found = [r.first_step, r.last_step]
            require(ok, "regulariser.first_step, last_step", found, f"below diffusion.steps={self.diffusion.steps}")

    @property
    def run_dir(self) -> Path:
        """Folder of this run's checkpoint, metrics, curves and report."""
        return Path(self.runs) / self.name

    @property
    def essence(self) -> TrainConfig:
        """This configuration without what changes no weight: names, places, and how often a file is written.

        Which episodes are learned (`keep_failed`, `held_out`) shows in the demonstrations' hash.
        """
        training = replace(self.training, log_every=1, save_every=1)
        return replace(self, name="run", data="data", runs="runs", keep_failed=False, held_out=0.0, training=training)

    def obstacle_to_resuming(self, saved: TrainConfig) -> str | None:
        """The first setting in which a checkpoint's configuration differs, or None; more or fewer steps go on."""
        steps = replace(saved.training, steps=self.training.steps)
        return first_difference(replace(saved, training=steps).essence.to_dict(), self.essence.to_dict())

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TrainConfig:
        """Builds a configuration from plain data, of older versions, too."""
        config: TrainConfig = build(cls, _with_present_names(data), "configuration")
        return config

    @classmethod
    def load(cls, path: str | Path, overrides: Sequence[str] = ()) -> TrainConfig:
        """Reads a YAML file, of which nothing is executed, and applies `key.subkey=value` overrides in order."""
        path = Path(path)
        data = read_yaml(path, "configuration")
        if not isinstance(data, dict):
            raise FileFormatError(f"configuration {path} is not a mapping of keys to values")
        data = _with_present_names(data)
        for override in overrides:
            section, dot, rest = override.partition(".")
            override_value(data, RENAMED.get(section, section) + dot + rest)
        return cls.from_dict(data)

    def to_dict(self) -> dict[str, Any]:
        """Plain data; the inverse of `from_dict`."""
        data = asdict(self)
        data["model"]["channels"] = list(self.model.channels)
        if self.encoder is None:
            del data["encoder"]
        else:
            data["encoder"]["channels"] = list(self.encoder.channels)
        if self.scene_motions is None:
            del data["scene_motions"]  # as in the configurations that know none
        else:
            data["scene_motions"] = {k: v if isinstance(v, str) else list(v) for k, v in data["scene_motions"].items()}
        return data


def _with_present_names(data: dict[str, Any]) -> dict[str, Any]:
    """Plain data with older names of sections replaced; a section under its present name stays."""
    if not isinstance(data, dict):
        return data
    kept = {key: value for key, value in data.items() if key not in RENAMED}
    return {**{RENAMED[key]: value for key, value in data.items() if key in RENAMED}, **kept}
