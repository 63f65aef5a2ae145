"""What of the past a policy sees and predicts, and how its chunks are used; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from midp_ros.core.chunk import AUTO, HANDOVERS
from midp_ros.core.contract import Contract, Horizon
from midp_ros.core.plain_data import require


@dataclass(frozen=True)
class ContextConfig:
    """The window of observations, and the chunk.

    Attributes:
        observed: newest observations that the policy sees; None: as many as the contract says. The chunk begins at the
            oldest one, so more of them also predict more past actions.
        past_prediction: predict the chunk's actions before the newest observation, too, which are never executed, as do
            Chi et al. 2023 and, with long windows and on purpose, Torne et al. 2025 (past-token prediction).
        executed: steps of a chunk that are executed before the next one; None: as many as the contract says.
        ahead: steps of a chunk from the newest observation's on; None: what the contract leaves of those predicted.
        handover: how the exported policy's chunks are to take over from each other: one of `core.chunk.HANDOVERS`.
    """

    observed: int | None = None
    past_prediction: bool = True
    executed: int | None = None
    ahead: int | None = None
    handover: str = AUTO

    def __post_init__(self) -> None:
        for key in ("observed", "executed", "ahead"):
            value = getattr(self, key)
            require(value is None or value >= 1, f"context.{key}", value, "at least 1")
        require(self.handover in HANDOVERS, "context.handover", self.handover, f"one of {', '.join(HANDOVERS)}")

    def contract(self, contract: Contract) -> Contract:
        """The contract with this window.

        Raises:
            ConfigError: the window leaves no room for the steps to execute.
        """
        horizon = contract.horizon
        observed = horizon.observed if self.observed is None else self.observed
        executed = horizon.executed if self.executed is None else self.executed
        predicted = horizon.predicted if self.ahead is None else observed - 1 + self.ahead
        room = predicted + 1 - observed - executed  # steps of a chunk that are neither seen nor executed
        if self.observed is not None:
            wanted = f"at most {observed + room}: {contract.skill!r} predicts {predicted} steps and executes {executed}"
            require(room >= 0, "context.observed", observed, wanted)
        wanted = f"at most {executed + room}, the steps of a chunk from the newest observation on"
        require(room >= 0, "context.executed", executed, wanted)
        return replace(contract, horizon=Horizon(observed, predicted, executed))
