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

from midp_ros.control.loop.controller_state import STEPS_REFUSED, ControllerState
from midp_ros.control.loop.delivery import SAME_START_S
from midp_ros.core.stamp import seconds
from midp_ros.nodes.ros.packed_message import PackedMessage
from midp_ros.nodes.ros.polled_subscription import PolledSubscription

DEPTH = 1000  # a second of a real controller's: what came while this process was stopped counts, too
TIME = struct.Struct("<iI")  # seconds and nanoseconds


class _Layout(NamedTuple):
    """Where in the messages of one kind the numbers lie [bytes].

    Attributes:
        same: place and bytes of what is alike in all of them, besides their length.
        order: of our joints in the message; None for a message that is of no use here.
    """

    length: int
    same: tuple[tuple[int, bytes], ...]
    time: int
    passed: int
    position: int
    joints: int
    commands_positions: bool
    refuses_steps: bool
    order: NDArray[np.intp] | None

    def fits(self, data: bytes) -> bool:
        """Whether a message is of this kind."""
        return len(data) == self.length and all(data[at : at + len(part)] == part for at, part in self.same)


class ControllerStates:
    """Reads a controller's state.

    Args:
        topic: where it is published.
        names: of the joints, in the order of the states.
    """

    def __init__(self, node: Node, topic: str, names: Sequence[str]):
        self._names = list(names)
        self._layout: _Layout | None = None
        qos = QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._topic = PolledSubscription(node, JointTrajectoryControllerState, topic, qos)

    def read(self) -> list[ControllerState]:
        """The states since the last call: the first and the last one of each trajectory, oldest first."""
        found: list[ControllerState] = []
        for taken in self._topic.take():
            if self._layout is None or not self._layout.fits(taken.data):
                self._layout = self._kind(taken.data, self._topic.message(taken))
            if self._layout.order is None:
                continue
            state = _state(taken.data, self._layout)
            if all(abs(state.start_s - other.start_s) < SAME_START_S for other in found[-2:]) and len(found) > 1:
                found.pop()  # neither the newest nor its trajectory's first
            found.append(state)
        return found

    def close(self) -> None:
        """Leaves the topic."""
        self._topic.close()

    def _kind(self, data: bytes, message: JointTrajectoryControllerState) -> _Layout:
        names = list(message.joint_names)
        packed = PackedMessage(message)
        frame, frame_id = packed.offset("header.frame_id"), message.header.frame_id
        counted = packed.offset("error.time_from_start.nanosec") + 4  # the number of positions in the output
        order = None
        # Of no use is a controller of other joints, and one without a reference yet.
        if set(self._names) <= set(names) and len(message.reference.positions) == len(names):
            order = np.array([names.index(name) for name in self._names], np.intp)
        return _Layout(
            len(data),
            tuple((at, data[at : at + size]) for at, size in ((frame - 4, 4 + len(frame_id)), (counted, 4))),
            packed.offset("header.stamp.sec"),
            packed.offset("reference.time_from_start.sec"),
            0 if order is None else packed.offset("reference.positions.0"),
            len(names),
            len(message.output.positions) > 0,
            frame_id == STEPS_REFUSED,
            order,
        )


def _state(data: bytes, layout: _Layout) -> ControllerState:
    time_ns, passed_ns = (10**9 * whole + rest for whole, rest in _times(data, layout))
    position_rad = np.frombuffer(data, "<f8", layout.joints, layout.position)[layout.order]
    begun_s, kind = seconds(time_ns - passed_ns), (layout.commands_positions, layout.refuses_steps)
    return ControllerState(seconds(time_ns), begun_s, position_rad, *kind)


def _times(data: bytes, layout: _Layout) -> list[tuple[int, int]]:
    return [TIME.unpack_from(data, offset) for offset in (layout.time, layout.passed)]
