"""Core's types as ROS messages; the other way is control.observations.message_values. Imports core and control."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from builtin_interfaces.msg import Duration, Time
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage
from trajectory_msgs.msg import JointTrajectoryPoint

from midp_ros.control import RobotCondition
from midp_ros.control.observations.message_values import action_from_message as action_from_message
from midp_ros.control.observations.message_values import action_names as action_names
from midp_ros.control.observations.message_values import joints_from_message as joints_from_message
from midp_ros.control.observations.message_values import pose_from_message as pose_from_message
from midp_ros.control.observations.message_values import seconds_from_stamp as seconds_from_stamp
from midp_ros.control.observations.message_values import vector_from_message as vector_from_message
from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.core.robot_mode import MODES
from midp_ros.core.stamp import NANOSECONDS, nanoseconds


# --- time ------------------------------------------------------------------------------------------------------------
def stamp_from_seconds(time_s: float) -> Time:
    """A stamp, to the nanosecond as far as a float carries it."""
    whole, rest = divmod(nanoseconds(time_s), NANOSECONDS)
    return Time(sec=whole, nanosec=rest)


def duration_from_seconds(time_s: float) -> Duration:
    """A duration."""
    stamp = stamp_from_seconds(time_s)
    return Duration(sec=stamp.sec, nanosec=stamp.nanosec)


# --- poses -----------------------------------------------------------------------------------------------------------
def pose_message(pose: Pose, frame: str, time_s: float) -> PoseStamped:
    """A stamped pose in a frame."""
    message = PoseStamped()
    message.header.frame_id, message.header.stamp = frame, stamp_from_seconds(time_s)
    p, q = message.pose.position, message.pose.orientation
    p.x, p.y, p.z = (float(v) for v in pose.position_m)
    q.x, q.y, q.z, q.w = (float(v) for v in pose.quaternion)
    return message


# --- joints ----------------------------------------------------------------------------------------------------------
def joint_state_message(
    names: Sequence[str], time_s: float, position: Array, velocity: Array | None = None, effort: Array | None = None
) -> JointState:
    """A stamped joint state; velocity and effort may be left out."""
    message = JointState(name=list(names), position=np.asarray(position, float).tolist())
    message.header.stamp = stamp_from_seconds(time_s)
    for field, values in (("velocity", velocity), ("effort", effort)):
        if values is not None:
            setattr(message, field, np.asarray(values, float).tolist())
    return message


def trajectory_message(
    trajectory: JointTrajectory, names: Sequence[str], stamp_s: float | None = None
) -> JointTrajectoryMessage:
    """A joint_trajectory_controller's input.

    Args:
        stamp_s: None: the first point's time; 0: none, for a trajectory that starts on arrival.
    """
    message = JointTrajectoryMessage(joint_names=list(names))
    stamp_s = float(trajectory.time_s[0]) if stamp_s is None else stamp_s
    start_s = stamp_s or float(trajectory.time_s[0])
    message.header.stamp = stamp_from_seconds(stamp_s)
    columns = zip(
        trajectory.time_s,
        trajectory.position_rad,
        trajectory.velocity_rad_s,
        trajectory.acceleration_rad_s2,
        strict=True,
    )
    message.points = [
        JointTrajectoryPoint(
            positions=position.tolist(),
            velocities=_unless_nan(velocity),
            accelerations=_unless_nan(acceleration),
            time_from_start=duration_from_seconds(float(time_s) - start_s),
        )
        for time_s, position, velocity, acceleration in columns
    ]
    return message


def _unless_nan(values: Array) -> list[float]:
    return [] if np.isnan(values).any() else values.tolist()


def trajectory_from_message(
    message: JointTrajectoryMessage,
    names: Sequence[str],
    arrival_s: float,
    local_time: Callable[[float], float] = float,
) -> JointTrajectory:
    """The trajectory with its joints in the order of `names`; a zero stamp means that it starts on arrival.

    Args:
        arrival_s: now, on the clock that the trajectory shall be on.
        local_time: from a stamp to that clock.

    Raises:
        CommandError: joints are missing or unknown, points are missing, out of order, incomplete, not finite, or ask
            for efforts.
    """
    if sorted(message.joint_names) != sorted(names):
        raise CommandError(f"trajectory is for joints {list(message.joint_names)}; it must name all of {list(names)}")
    if not message.points:
        raise CommandError("trajectory has no points")
    order = [list(message.joint_names).index(name) for name in names]
    rows = [_numbers_of_point(i, point, len(names)) for i, point in enumerate(message.points)]
    position, velocity, acceleration = np.stack(rows, axis=1)[:, :, order]
    stamp_s = seconds_from_stamp(message.header.stamp)
    start_s = local_time(stamp_s) if stamp_s else arrival_s
    times = start_s + np.array([seconds_from_stamp(point.time_from_start) for point in message.points])
    try:
        return JointTrajectory(times, position, velocity, acceleration)
    except ValueError as e:
        raise CommandError(str(e)) from None


def _numbers_of_point(number: int, point: JointTrajectoryPoint, joints: int) -> Array:
    """Positions, velocities and accelerations (3, joints); NaN stands for what the point does not carry."""
    if any(point.effort):
        raise CommandError(f"trajectory's point {number} carries efforts, which this controller does not feed forward")
    rows = np.full((3, joints), np.nan)
    for row, field in zip(rows, ("positions", "velocities", "accelerations"), strict=True):
        values = np.array(getattr(point, field), float)
        if len(values) != joints and (len(values) or field == "positions"):
            raise CommandError(f"trajectory's point {number} has {len(values)} {field} for {joints} joints")
        if not np.isfinite(values).all():
            raise CommandError(f"trajectory's point {number} is not finite")
        if len(values):
            row[:] = values
    return rows


def target_from_message(message: JointState) -> tuple[float, Array]:
    """Stamp [s] and positions [rad] of a streamed joint target, whose names count for nothing."""
    return seconds_from_stamp(message.header.stamp), np.array(message.position, float)


# --- robot -----------------------------------------------------------------------------------------------------------
def robot_condition(message: FrankaRobotState, controlled: bool) -> RobotCondition:
    """Mode and current errors; a mode that is not known counts as OTHER."""
    mode = MODES[message.robot_mode] if message.robot_mode < len(MODES) else MODES[0]
    errors = message.current_errors
    names = tuple(name for name in errors.get_fields_and_field_types() if getattr(errors, name))
    return RobotCondition(mode, names, controlled)


# --- actions of the policy -------------------------------------------------------------------------------------------
def action_message(contract: Contract, time_s: float, action: Array) -> JointState:
    """The action of one control step, stamped with it: the standard message that carries names, numbers and a stamp."""
    return joint_state_message(action_names(contract), time_s, action)


def planned_path_message(contract: Contract, chunk: ActionChunk, frame: str) -> Path:
    """The tool poses of a chunk in a frame, each stamped with the time when it is to be reached; none of joints."""
    path = Path()
    path.header.frame_id, path.header.stamp = frame, stamp_from_seconds(chunk.time_s)
    if "tool_position" not in contract.action_slices:
        return path
    position, rotation = (contract.action_slices[name] for name in ("tool_position", "tool_rotation"))
    for step, action in enumerate(chunk.actions, start=1):
        pose = Pose(action[position], matrix_from_rotation6(action[rotation]))
        path.poses.append(pose_message(pose, frame, chunk.time_s + step * chunk.step_s))
    return path
