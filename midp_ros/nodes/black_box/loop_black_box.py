"""The black box of a policy's loop; imports blackbox, control and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rclpy.node import Node

from midp_ros.blackbox import PolicyBox
from midp_ros.blackbox.policy_box import PolicySide
from midp_ros.certify import sha256_of
from midp_ros.control import Commands, RobotCondition, Sample
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.black_box.box_service import BoxService, about_node
from midp_ros.nodes.ros.parameters import value

NAMES = ("model", "handover", "output", "lead_s", "velocity_fraction", "acceleration_fraction", "jerk_fraction", "seed")


class LoopBlackBox:
    """Keeps what the loop does; without the parameter `blackbox` it keeps nothing.

    Args:
        model: the policy's file, whose hash goes into the files; None where there is none.
        clock: the node's time [s].
    """

    def __init__(
        self, node: Node, profile: RobotProfile, contract: Contract, model: Path | None, clock: Callable[[], float]
    ):
        self._clock = clock
        self._box: PolicyBox | None = None
        if not value(node, "blackbox"):
            return
        about: dict[str, Any] = {**about_node(node, NAMES), "model_sha256": _sha256(model)}
        self._service = BoxService(node, self._snapshot)
        self._box = PolicyBox(PolicySide(profile, contract, lambda: about), self._service.save)

    def step(self, samples: Mapping[str, Sample]) -> None:
        """A control step has seen samples."""
        if self._box is not None:
            self._box.step(self._clock(), samples)

    def sent(self, commands: Commands, sent: bool) -> None:
        """Commands have just been written, or came too late and were not."""
        if self._box is not None:
            self._box.sent(self._clock(), commands, sent)

    def note(self, text: str) -> None:
        """The loop reports something."""
        if self._box is not None:
            self._box.note(self._clock(), "state", text)

    def look(self, condition: RobotCondition, latched: str) -> None:
        """Robot and latched stop, at every control step."""
        if self._box is not None:
            self._box.look(self._clock(), condition, latched)

    def finish(self) -> None:
        """The activation ends: what still waits is written."""
        if self._box is not None:
            self._box.finish()

    def close(self) -> None:
        """For good; after `finish`."""
        if self._box is not None:
            self._service.close()

    def _snapshot(self) -> None:
        if self._box is not None:
            self._box.operator(self._clock())
            self._box.finish()


def _sha256(model: Path | None) -> str:
    try:
        return sha256_of(model) if model else ""
    except FileFormatError:
        return ""
