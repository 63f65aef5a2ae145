"""What of the past a policy sees and predicts; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import require


@dataclass(frozen=True)
class ContextConfig:
    """The window of observations.

    Attributes:
        observed: newest observations that the policy sees; None: as many as the contract says. The chunk begins at the
            oldest one, so more of them also predict more past actions.
        past_prediction: predict the chunk's actions before the newest observation, too, which are never executed, as do
            Chi et al. 2023 and, with long windows and on purpose, Torne et al. 2025 (past-token prediction).
    """

    observed: int | None = None
    past_prediction: bool = True

    def __post_init__(self) -> None:
        require(self.observed is None or self.observed >= 1, "context.observed", self.observed, "at least 1")

    def contract(self, contract: Contract) -> Contract:
        """The contract with this window.

        Raises:
            ConfigError: the window leaves no room for the steps to execute.
        """
        if self.observed is None:
            return contract
        horizon = contract.horizon
        most = horizon.predicted - horizon.executed + 1
        wanted = (
            f"at most {most}: {contract.skill!r} predicts {horizon.predicted} steps and executes {horizon.executed}"
        )
        require(self.observed <= most, "context.observed", self.observed, wanted)
        return replace(contract, horizon=replace(horizon, observed=self.observed))
