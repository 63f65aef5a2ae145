"""The configuration of a training run, which checks itself; imports core and PyYAML only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from midp_ros.core.chunk import AUTO as AUTO_HANDOVER
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.plain_data import PathText, build, first_difference, override_value, require
from midp_ros.learning.config.context_config import ContextConfig
from midp_ros.learning.config.diffusion_config import DiffusionConfig
from midp_ros.learning.config.learner_config import LearnerConfig
from midp_ros.learning.config.model_config import ModelConfig
from midp_ros.learning.config.neighbours_config import FeatureBottleneckConfig, LeakagePenaltyConfig
from midp_ros.learning.config.regulariser_config import HistoryBottleneckConfig, RegulariserConfig
from midp_ros.learning.config.scene_motions_config import AUTO, SceneMotionsConfig, motions_of
from midp_ros.learning.config.training_config import TrainingConfig
from midp_ros.learning.encoders.encoder_config import EncoderConfig

RENAMED = {"history": "history_bottleneck"}  # sections of older configurations, checkpoints and experiments
PRECISIONS = ("auto", "float32", "bf16")
PLACE: dict[str, Any] = {"device": "auto", "precision": "auto", "compile": False}  # where and how it is computed


@dataclass(frozen=True)
class TrainConfig:
    """Everything that a training run depends on, apart from the demonstrations themselves.

    Attributes:
        name: folder of `runs` for the run.
        data: folder of recorded episodes, or a zarr file of Push-T.
        keep_failed: learn episodes that are marked as failures, too.
        held_out: share of the episodes that is not learned but measured on, 0 to 0.5.
        learner: what is learned; `diffusion`, or by its name another one.
        scene_motions: of each window as it is learned; `auto`: those that the demonstrations' contract declares.
        encoder: of the contract's images; None: the default, where there are any.
        scene_frame: the object in whose frame the policy sees and commands, where its pose is observed; `tool`: it
            commands in the tool's, as newest observed; None: the base.
        observation_noise: standard deviation of a displacement of each window's observations, by entry [its unit].
        device: `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:N`.
        precision: of the networks' products: `auto` (bfloat16 on a GPU that has it), `float32` or `bf16`.
        compile: compile the denoiser by torch.compile, which needs a C++ compiler on a CPU.
    """

    name: str
    data: PathText
    runs: PathText = "runs"
    seed: int = 0
    keep_failed: bool = False
    held_out: float = 0.0
    device: str = "auto"
    precision: str = "auto"
    compile: bool = False
    learner: LearnerConfig = field(default_factory=LearnerConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    diffusion: DiffusionConfig = field(default_factory=DiffusionConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    history_bottleneck: HistoryBottleneckConfig = field(default_factory=HistoryBottleneckConfig)
    regulariser: RegulariserConfig | None = None
    scene_motions: SceneMotionsConfig | Literal["auto"] | None = None
    encoder: EncoderConfig | None = None
    scene_frame: str | None = None
    observation_noise: dict[str, float] | None = None
    context: ContextConfig = field(default_factory=ContextConfig)
    leakage_penalty: LeakagePenaltyConfig = field(default_factory=LeakagePenaltyConfig)
    feature_bottleneck: FeatureBottleneckConfig = field(default_factory=FeatureBottleneckConfig)

    def __post_init__(self) -> None:
        ok = bool(self.name) and Path(self.name).name == self.name
        require(ok, "name", self.name, "a plain name: it becomes a folder of runs")
        require(bool(self.data), "data", self.data, "a folder of recorded episodes")
        require(self.seed >= 0, "seed", self.seed, "at least 0")
        require(0 <= self.held_out <= 0.5, "held_out", self.held_out, "a share of the episodes, 0 to 0.5")
        ok = re.fullmatch(r"auto|cpu|cuda(:\d+)?", self.device) is not None
        require(ok, "device", self.device, "auto, cpu, cuda or cuda:N")
        if self.precision not in PRECISIONS:
            raise UnknownNameError("precision", self.precision, PRECISIONS)
        for name, deviation in (self.observation_noise or {}).items():
            require(deviation >= 0, f"observation_noise.{name}", deviation, "a standard deviation, at least 0")
        if self.training.noise_draws > 1 and (self.regulariser or self.leakage_penalty.weight > 0):
            why = "1: regulariser and leakage_penalty relate a batch's windows, of which each must be there once"
            require(False, "training.noise_draws", self.training.noise_draws, why)
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
        """This configuration without what changes no weight but by rounding: names, places, devices, files' rates, use.

        What is set of a penalty that is off (weight 0) does not count, either.

        Which episodes are learned (`keep_failed`, `held_out`) shows in the demonstrations' hash.
        """
        training = replace(self.training, log_every=1, save_every=1)
        same = replace(self, name="run", data="data", runs="runs", keep_failed=False, held_out=0.0, training=training)
        off = {
            key: type(section)()
            for key in ("history_bottleneck", "leakage_penalty", "feature_bottleneck")
            if (section := getattr(self, key)).weight == 0
        }
        return replace(same, context=replace(self.context, handover=AUTO_HANDOVER), **PLACE, **off)

    def obstacle_to_resuming(self, saved: TrainConfig) -> str | None:
        """The first setting in which a checkpoint's configuration differs, or None; more or fewer steps go on."""
        steps = replace(saved.training, steps=self.training.steps)
        return first_difference(replace(saved, training=steps).essence.to_dict(), self.essence.to_dict())

    def for_contract(self, contract: Contract) -> TrainConfig:
        """With all that `auto` leaves to the demonstrations' contract; raises ConfigError as `motions_of`."""
        motions = self.scene_motions and motions_of(contract, self.scene_motions)
        return replace(self, scene_motions=motions)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TrainConfig:
        """Builds a configuration from plain data, of older versions, too."""
        data = _with_present_names(data)
        if isinstance(data, dict) and "learner" in data:
            data["learner"] = LearnerConfig.from_plain(data["learner"])
        automatic = isinstance(data, dict) and data.get("scene_motions") == AUTO
        config: TrainConfig = build(cls, {**data, "scene_motions": None} if automatic else data, "configuration")
        return replace(config, scene_motions=AUTO) if automatic else config

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
        if self.learner == LearnerConfig():
            del data["learner"]
        else:
            data["learner"] = self.learner.to_plain()
        for key in ("scene_frame", "observation_noise"):
            if data[key] is None:
                del data[key]  # as in the configurations that know none
        if self.encoder is None:
            del data["encoder"]
        else:
            data["encoder"]["channels"] = list(self.encoder.channels)
        if self.scene_motions is None:
            del data["scene_motions"]  # as in the configurations that know none
        elif self.scene_motions != AUTO:
            data["scene_motions"] = {k: v if isinstance(v, str) else list(v) for k, v in data["scene_motions"].items()}
        return data


def _with_present_names(data: dict[str, Any]) -> dict[str, Any]:
    """Plain data with older names of sections replaced; a section under its present name stays."""
    if not isinstance(data, dict):
        return data
    kept = {key: value for key, value in data.items() if key not in RENAMED}
    return {**{RENAMED[key]: value for key, value in data.items() if key in RENAMED}, **kept}
