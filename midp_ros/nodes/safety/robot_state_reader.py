"""Mode, errors, desired positions and external forces out of serialized robot states.

Imports conversions, franka_msgs and rclpy.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
from franka_msgs.msg import Errors, FrankaRobotState
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState

from midp_ros.control import ExternalForces, RobotCondition
from midp_ros.core.arrays import Array
from midp_ros.core.errors import ObservationError
from midp_ros.nodes.ros.conversions import robot_condition
from midp_ros.nodes.ros.packed_message import PLAIN_CDR, PackedMessage

STAMP = slice(len(PLAIN_CDR) + 2, len(PLAIN_CDR) + 10)  # of the header, the message's first field: two 32-bit numbers
FLAGS = 1 + 2 * len(Errors.get_fields_and_field_types())  # bytes: the mode, current errors, last errors


class RobotStateReader:
    """Deserializes a state, which takes 1.9 ms, only where mode, errors or names have changed since the one before."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # step and inference ask
        self._condition, self._desired = RobotCondition(), JointState()
        self._flags = self._positions = self._torques = self._wrench = slice(0)
        self._names: list[slice] = []
        self._known: tuple[Any, ...] | None = None

    def condition(self, state: bytes, controlled: bool) -> RobotCondition:
        """By a FrankaRobotState's bytes; raises ObservationError where they are of another version of the message."""
        with self._lock:
            self._learn(state)
            return replace(self._condition, controlled=controlled)

    def desired(self, state: bytes) -> JointState:
        """Its desired joint positions [rad], with the joints' names; raises ObservationError as `condition` does."""
        with self._lock:
            self._learn(state)
            if self._known is None:
                return self._desired
            position = np.frombuffer(state[self._positions], np.float64)
            return JointState(name=self._desired.name, position=position.tolist())

    def external(self, state: bytes) -> ExternalForces | None:
        """Its external torques and wrench; None where it has none that can be read at once."""
        with self._lock:
            try:
                self._learn(state)
            except ObservationError:
                return None
            torque_nm, wrench = (_numbers(state, place) for place in (self._torques, self._wrench))
            if self._known is None or not len(torque_nm) or not np.isfinite([*torque_nm, *wrench]).all():
                return None
            second, nanosecond = np.frombuffer(state[STAMP], np.uint32).tolist()
            return ExternalForces(second + 1e-9 * nanosecond, torque_nm, wrench)

    def _learn(self, state: bytes) -> None:
        if self._known is not None and self._known == self._key(state):
            return
        try:
            message = deserialize_message(state, FrankaRobotState)
        except Exception as e:  # of the middleware's; it depends on the bytes
            self._known = None
            raise ObservationError(
                f"the robot's state cannot be read ({len(state)} bytes): is its franka_msgs of another version?"
            ) from e
        self._condition, self._desired = robot_condition(message, True), message.desired_joint_state
        self._known = None
        if state[: len(PLAIN_CDR)] == PLAIN_CDR:
            # Strings decide where numbers lie; with as many bytes in all they still lie there.
            packed, joints = PackedMessage(message), len(self._desired.position)
            start = packed.offset("robot_mode")
            self._flags = slice(start, start + FLAGS)
            first = packed.offset("desired_joint_state.position.0") if joints else 0
            self._positions = slice(first, first + 8 * joints)
            felt = len(message.tau_ext_hat_filtered.effort)
            first = packed.offset("tau_ext_hat_filtered.effort.0") if felt else 0
            self._torques = slice(first, first + 8 * felt)
            first = packed.offset("o_f_ext_hat_k.wrench.force.x")
            self._wrench = slice(first, first + 48)
            places = [packed.offset(f"desired_joint_state.name.{i}") for i in range(len(self._desired.name))]
            # Name by name: between strings lie bytes that mean nothing.
            self._names = [slice(o, o + len(n.encode())) for o, n in zip(places, self._desired.name, strict=True)]
            self._known = self._key(state)

    def _key(self, state: bytes) -> tuple[Any, ...]:
        return state[: len(PLAIN_CDR)], len(state), state[self._flags], [state[name] for name in self._names]


def _numbers(state: bytes, place: slice) -> Array:
    return np.frombuffer(state[place], np.float64)
