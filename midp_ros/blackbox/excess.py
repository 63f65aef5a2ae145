"""Which limits a recording shows to be passed; imports core, kinematics and control's limit margins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from midp_ros.blackbox.recording import BoxRecording, Series
from midp_ros.control.shaping.limit_margins import CYCLE_S, LimitMargin, first_excess
from midp_ros.core.arrays import Array
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.self_collision import SelfCollision

COMMANDED, MEASURED, FELT = "commanded", "measured", "felt"
# Beyond the limits of commands: an arm that is commanded to a limit oscillates about it (as simulation.safety has it).
POSITION_ROOM_RAD, VELOCITY_ROOM_RAD_S = 0.01, 0.1
# libfranka's errors (franka/errors.h, as franka_msgs/Errors names them) by what shows them here.
ERRORS = {
    "joint_motion_generator_position_limits_violation": (COMMANDED, "position"),
    "joint_motion_generator_velocity_limits_violation": (COMMANDED, "velocity"),
    "joint_motion_generator_velocity_discontinuity": (COMMANDED, "acceleration"),
    "joint_motion_generator_acceleration_discontinuity": (COMMANDED, "jerk"),
    "joint_position_motion_generator_start_pose_invalid": (COMMANDED, ""),
    "self_collision_avoidance_violation": (COMMANDED, "self-collision"),
    "cartesian_velocity_violation": ("", "tool speed"),
    "joint_position_limits_violation": (MEASURED, "position"),
    "joint_velocity_violation": (MEASURED, "velocity"),
    "joint_reflex": (FELT, "joint torque"),
    "cartesian_reflex": (FELT, ""),
    "communication_constraints_violation": (COMMANDED, "finite"),
}
WRENCH_NAMES = ("force x", "force y", "force z", "torque x", "torque y", "torque z")


@dataclass(frozen=True)
class Excess:
    """A limit that was passed.

    Attributes:
        source: `commanded`, `measured` or `felt` (external torque or wrench).
        limit: its name, e.g. velocity, self-collision, tool speed, joint torque, force z.
        joint: the joint's name; empty where it is none's.
        time_s: the first millisecond [s].
        value, bound, unit: then; NaN where there is no number.
    """

    source: str
    limit: str
    joint: str
    time_s: float
    value: float = math.nan
    bound: float = math.nan
    unit: str = ""

    @property
    def text(self) -> str:
        """In words."""
        number = "" if math.isnan(self.value) else f": {self.value:.6g} {self.unit}, the limit is {self.bound:.6g}"
        return f"{self.source} {self.limit}{f' of {self.joint}' if self.joint else ''}{number}"


def find_excesses(
    recording: BoxRecording, setpoints: Series, start_s: float, incident_s: float, end_s: float
) -> list[Excess]:
    """Every kind's first excess within a time, the earliest first.

    Args:
        setpoints: the commands at 1 kHz, recorded or reconstructed.
        incident_s: when the arm was stopped; the command after it is the one that was refused.
    """
    profile = recording.profile
    model = ArmModel(profile)
    commands = setpoints.between(start_s - 0.01, end_s)
    states, forces = recording.states.between(start_s, end_s), recording.forces.between(start_s, end_s)
    found = [
        _not_finite(commands, profile.joint_names),
        *_commanded(commands, recording, start_s),
        _self_collision(commands, model, incident_s + CYCLE_S),
        _tool_speed(COMMANDED, commands.time_s, _velocities(commands), model),
        *_measured(states, recording),
        _tool_speed(MEASURED, states.time_s, (states.values[0], states.values[1]), model),
        *_felt(forces, recording),
    ]
    return sorted((e for e in found if e is not None and e.time_s >= start_s - 1e-9), key=lambda e: e.time_s)


def _finite(commands: Series) -> Series:
    good = np.isfinite(commands.values[0]).all(axis=1) & (np.abs(commands.values[0]) < 1e6).all(axis=1)
    return Series(commands.time_s[good], (commands.values[0][good],))


def _not_finite(commands: Series, names: tuple[str, ...]) -> Excess | None:
    bad = ~np.isfinite(commands.values[0])
    if not bad.any():
        return None
    row, joint = np.argwhere(bad)[0]
    return Excess(COMMANDED, "finite", names[joint], float(commands.time_s[row]))


def _commanded(commands: Series, recording: BoxRecording, start_s: float) -> list[Excess]:
    """The first of the limits that the control box judges, and only that: what follows it is another motion."""
    finite = _finite(commands)
    found = first_excess(finite.time_s, finite.values[0], recording.profile)
    return [] if found is None else [_as_excess(COMMANDED, found)]


def _as_excess(source: str, found: LimitMargin) -> Excess:
    return Excess(source, found.limit, found.joint_name, found.time_s, found.value, found.bound, found.unit)


def _velocities(commands: Series) -> tuple[Array, Array]:
    position = commands.values[0]
    if len(position) < 2:
        return position[:0], position[:0]
    step_s = np.maximum(np.diff(commands.time_s), 1e-3)[:, None]
    return position, np.concatenate([np.zeros((1, position.shape[1])), np.diff(position, axis=0) / step_s])


def _self_collision(commands: Series, model: ArmModel, refused_s: float) -> Excess | None:
    """Looked for every 10 ms, as the stand-in's monitor does, and in its milliseconds: what follows is its stop."""
    check, position = SelfCollision(model), _finite(commands)
    rows = np.flatnonzero(np.rint((position.time_s - refused_s) / CYCLE_S) % 10 == 0)
    for time_s, q in zip(position.time_s[rows], position.values[0][rows], strict=True):
        if links := check.touching(q):
            apart = 2 * check.safety_distance_m
            return Excess(COMMANDED, "self-collision", " and ".join(links), float(time_s), math.nan, apart, "m")
    return None


def _tool_speed(source: str, times_s: Array, motion: tuple[Array, Array], model: ArmModel) -> Excess | None:
    position, velocity = motion
    limit_m_s = model.profile.tool_speed_max_m_s
    near = np.flatnonzero(np.abs(np.nan_to_num(velocity)) @ model.lever_m >= limit_m_s)
    for row in near[np.isfinite(position[near]).all(axis=1)] if len(near) else ():
        speed = float(np.linalg.norm(model.jacobian(position[row])[:3] @ velocity[row]))
        if speed > limit_m_s:
            return Excess(source, "tool speed", "", float(times_s[row]), speed, limit_m_s, "m/s")
    return None


def _measured(states: Series, recording: BoxRecording) -> list[Excess]:
    profile, (position, velocity) = recording.profile, states.values
    if not len(position):
        return []
    slowest, fastest = profile.velocity_range(position)
    limits = (
        ("position", "rad", position, profile.position_min_rad, profile.position_max_rad, POSITION_ROOM_RAD),
        ("velocity", "rad/s", velocity, slowest, fastest, VELOCITY_ROOM_RAD_S),
    )
    found = []
    for name, unit, values, low, high, room in limits:
        low, high = np.broadcast_to(low, values.shape), np.broadcast_to(high, values.shape)
        beyond = (values < low - room) | (values > high + room)
        if beyond.any():
            row, joint = np.argwhere(beyond)[0]
            value = float(values[row, joint])
            bound = float((high if value > high[row, joint] else low)[row, joint])
            at_s = float(states.time_s[row])
            found.append(Excess(MEASURED, name, profile.joint_names[joint], at_s, value, bound, unit))
    return found


def _felt(forces: Series, recording: BoxRecording) -> list[Excess]:
    profile, found = recording.profile, []
    thresholds = recording.about.get("collision_thresholds") or {}
    torque_nm = np.array(thresholds.get("torque_nm", profile.collision_torque_nm), float)
    wrench = np.array(thresholds.get("wrench", profile.collision_wrench), float)
    limits = (
        ([("joint torque", name) for name in profile.joint_names], forces.values[0], torque_nm, "Nm"),
        ([(name, "") for name in WRENCH_NAMES], forces.values[1], wrench, ""),
    )
    for names, values, bound, unit in limits:
        beyond = np.abs(values) > bound if len(values) else np.zeros((0, 1), bool)
        if beyond.any():
            row = int(np.argmax(beyond.any(axis=1)))
            at = int(np.argmax(np.where(beyond[row], np.abs(values[row]) / bound, 0.0)))
            limit, joint = names[at]
            shown = unit or ("N" if at < 3 else "Nm")
            at_s = float(forces.time_s[row])
            found.append(Excess(FELT, limit, joint, at_s, float(values[row, at]), float(bound[at]), shown))
    return found
