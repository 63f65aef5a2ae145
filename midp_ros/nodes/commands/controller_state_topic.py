"""The trajectory controller's `controller_state`, as joint_trajectory_controller publishes it; imports rclpy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from control_msgs.msg import JointTrajectoryControllerState
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectoryPoint

from midp_ros.control.loop.controller_state import STEPS_REFUSED
from midp_ros.core.stamp import NANOSECONDS, nanoseconds
from midp_ros.nodes.ros.packed_message import PackedMessage
from midp_ros.simulation.arm.robot import Robot


class ControllerStateTopic:
    """Publishes commanded and measured joints, and since when the present trajectory runs.

    Args:
        controller: its name.
        joint_names: in the arm's order.
        positions: whether it commands positions, and not torques.
        refuses_steps: whether it takes a trajectory only where that continues the running one.
    """

    def __init__(
        self,
        node: Node,
        controller: str,
        joint_names: Sequence[str],
        positions: bool = True,
        refuses_steps: bool = False,
    ):
        zeros = [0.0] * len(joint_names)
        whole = JointTrajectoryPoint(positions=zeros, velocities=zeros, accelerations=zeros)
        measured = JointTrajectoryPoint(positions=zeros, velocities=zeros)
        template = JointTrajectoryControllerState(
            joint_names=list(joint_names), reference=whole, feedback=measured, error=measured,
            output=JointTrajectoryPoint(**{"positions" if positions else "effort": zeros}), speed_scaling_factor=1.0,
        )  # fmt: skip
        template.header.frame_id = STEPS_REFUSED if refuses_steps else ""
        self._positions = positions
        self._message = message = PackedMessage(template)
        fields = "reference", "feedback", "error"
        self._places = {
            f"{field}.{what}": message.numbers(f"{field}.{what}")
            for field in fields
            for what in ("positions", "velocities")
        }
        self._accelerations, self._output = (
            message.numbers("reference.accelerations"),
            message.numbers("output.positions" if positions else "output.effort"),
        )
        self._publisher = node.create_publisher(JointTrajectoryControllerState, f"{controller}/controller_state", 1)

    def publish(self, time_s: float, robot: Robot, started_s: float) -> None:
        """Publishes the state at a time of the graph; `started_s` is on the clock of the tracking state [s]."""
        tracking = robot.tracking
        if tracking is None or not self._publisher.get_subscription_count():
            return
        places = self._places
        places["reference.positions"][:] = tracking.desired_position_rad
        self._output[:] = tracking.desired_position_rad if self._positions else robot.commanded_torque_nm
        places["reference.velocities"][:] = tracking.desired_velocity_rad_s
        self._accelerations[:] = tracking.desired_acceleration_rad_s2
        places["feedback.positions"][:], places["feedback.velocities"][:] = (
            tracking.position_rad,
            tracking.velocity_rad_s,
        )
        places["error.positions"][:] = tracking.position_error_rad
        places["error.velocities"][:] = tracking.velocity_error_rad_s
        self._message.stamp(time_s)
        data = bytearray(self._message.to_bytes())
        passed = np.array(divmod(nanoseconds(tracking.time_s - started_s), NANOSECONDS), "<i8").astype("<i4").tobytes()
        for field in ("reference", "feedback"):
            offset = self._message.offset(f"{field}.time_from_start.sec")
            data[offset : offset + len(passed)] = passed
        self._publisher.publish(bytes(data))
