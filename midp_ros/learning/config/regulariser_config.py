"""The configuration of the regulariser and of the history bottleneck; imports core only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import require

# What the regulariser can relate: names of tensors that one denoising step of training has at hand.
QUANTITIES = (
    *("noisy_action", "predicted_noise", "denoised_action", "observation", "observation_features"),
    *("demonstrated_action", "next_action"),
)
FROM_POLICY = ("predicted_noise", "denoised_action", "observation_features")
ESTIMATORS = ("donsker_varadhan", "nwj", "infonce", "smile")


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
    """The information bottleneck on past observations.

    Attributes:
        weight: in the loss [1/nat]; 0: none.
        warmup_steps: of training, in which the weight rises linearly.
        gain_rate: the gains' learning rate, as a multiple of the others'; more than 1 closes unused channels sooner.
        differences: the network sees the past as differences from the newest observation, in units of their standard
            deviation, and not as observations: at a short time between steps these hardly differ from the newest one.
        joint: bound the information of all past values together: what several of them share is paid for once.
        delay_steps: of training, before the weight begins to rise: a channel closes at any price, however low, until
            the network has learned what comes through it.
    """

    weight: float = 0.0
    warmup_steps: int = 0
    gain_rate: float = 1.0
    differences: bool = False
    joint: bool = False
    delay_steps: int = 0

    def __post_init__(self) -> None:
        require(self.delay_steps >= 0, "history_bottleneck.delay_steps", self.delay_steps, "at least 0")
        require(self.weight >= 0, "history_bottleneck.weight", self.weight, "at least 0")
        require(self.warmup_steps >= 0, "history_bottleneck.warmup_steps", self.warmup_steps, "at least 0")
        require(self.gain_rate > 0, "history_bottleneck.gain_rate", self.gain_rate, "more than 0")

    def weight_at(self, training_step: int) -> float:
        """The weight at a training step."""
        step = training_step - self.delay_steps
        if step < 0:
            return 0.0
        return self.weight * min(1.0, step / self.warmup_steps) if self.warmup_steps else self.weight
