"""A joint_trajectory_controller's state, read from the bytes of its messages; imports control and rclpy.

It is published at up to 1 kHz, and rclpy takes 0.2 ms to convert one of them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from control_msgs.msg import JointTrajectoryControllerState
from numpy.typing import NDArray
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from midp_ros.control.loop.delivery import SAME_START_S, ControllerState
from midp_ros.core.stamp import seconds
from midp_ros.nodes.ros.packed_message import PackedMessage
from midp_ros.nodes.ros.polled_subscription import PolledSubscription

DEPTH = 1000  # a second of a real controller's: what came while this process was stopped counts, too
TIME = struct.Struct("<iI")  # seconds and nanoseconds


class _Layout(NamedTuple):
    """Where in a message of one length its numbers lie [bytes]."""

    time: int
    passed: int
    position: int
    joints: int
    order: NDArray[np.intp]  # of our joints in the message


class ControllerStates:
    """Reads `<controller>/controller_state`.

    Args:
        names: of the joints, in the order of the states.
    """

    def __init__(self, node: Node, controller: str, names: Sequence[str]):
        self._names, self._layouts = list(names), dict[int, _Layout | None]()
        qos = QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._topic = PolledSubscription(node, JointTrajectoryControllerState, f"{controller}/controller_state", qos)

    def read(self) -> list[ControllerState]:
        """The states since the last call: the first and the last one of each trajectory, oldest first."""
        found: list[ControllerState] = []
        for taken in self._topic.take():
            if len(taken.data) not in self._layouts:
                self._layouts[len(taken.data)] = self._layout(self._topic.message(taken))
            if (layout := self._layouts[len(taken.data)]) is None:
                continue
            state = _state(taken.data, layout)
            if all(abs(state.start_s - other.start_s) < SAME_START_S for other in found[-2:]) and len(found) > 1:
                found.pop()  # neither the newest nor its trajectory's first
            found.append(state)
        return found

    def close(self) -> None:
        """Leaves the topic."""
        self._topic.close()

    def _layout(self, message: JointTrajectoryControllerState) -> _Layout | None:
        """None for a controller of other joints, and for one without a reference yet."""
        names = list(message.joint_names)
        if not set(self._names) <= set(names) or len(message.reference.positions) != len(names):
            return None
        packed = PackedMessage(message)
        return _Layout(
            packed.offset("header.stamp.sec"),
            packed.offset("reference.time_from_start.sec"),
            packed.offset("reference.positions.0"),
            len(names),
            np.array([names.index(name) for name in self._names], np.intp),
        )


def _state(data: bytes, layout: _Layout) -> ControllerState:
    time_ns, passed_ns = (10**9 * whole + rest for whole, rest in _times(data, layout))
    position_rad = np.frombuffer(data, "<f8", layout.joints, layout.position)[layout.order]
    return ControllerState(seconds(time_ns), seconds(time_ns - passed_ns), position_rad)


def _times(data: bytes, layout: _Layout) -> list[tuple[int, int]]:
    return [TIME.unpack_from(data, offset) for offset in (layout.time, layout.passed)]
