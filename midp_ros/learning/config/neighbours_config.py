"""Other ways of keeping a policy from copying its past, to compare with; imports core only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.plain_data import require


@dataclass(frozen=True)
class LeakagePenaltyConfig:
    """The penalty on what the features reveal of past actions, given the demonstrated ones (Seo et al. 2023).

    Attributes:
        weight: in the loss, 0 or more; 0: none.
        actions: past ones, from the newest backwards.
        ridge: of the regression on the demonstrated chunk.
    """

    weight: float = 0.0
    actions: int = 1
    ridge: float = 0.01

    def __post_init__(self) -> None:
        require(self.weight >= 0, "leakage_penalty.weight", self.weight, "at least 0")
        require(self.actions >= 1, "leakage_penalty.actions", self.actions, "at least 1")
        require(self.ridge > 0, "leakage_penalty.ridge", self.ridge, "more than 0")


@dataclass(frozen=True)
class FeatureBottleneckConfig:
    """The variational bottleneck on the observations' features: its weight in the loss [1/nat]; 0: none."""

    weight: float = 0.0

    def __post_init__(self) -> None:
        require(self.weight >= 0, "feature_bottleneck.weight", self.weight, "at least 0")
