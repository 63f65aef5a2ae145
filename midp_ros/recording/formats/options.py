"""What a user may say about a set that is read or written; imports core, no ROS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError


@dataclass(frozen=True)
class ReadOptions:
    """What is not in a set of other software.

    Attributes:
        contract: names and order of the values; must agree with the contract that travels with a set, if there is one.
        rate_hz: control rate, where neither the set nor a contract states it.
        task: of the episodes; by default the contract's skill.
        damaged: receives each recorded episode of ours that cannot be read, with the reason; None: the first one is an
            error.
    """

    contract: Contract | None = None
    rate_hz: float | None = None
    task: str = ""
    damaged: Callable[[Path, MidpError], None] | None = None

    @property
    def stated_rate_hz(self) -> float | None:
        """The rate that the user states, if any."""
        return self.contract.rate_hz if self.contract else self.rate_hz
