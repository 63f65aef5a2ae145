"""A recording played into the strict stand-in: whether what was sent, when it arrived, stops the arm again.

Imports core and simulation. The arm begins at rest, at the last moment before the incident at which it was; what
touched it is there only as far as the task's scene has it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from midp_ros.blackbox.recording import REFLEX, BoxEvent, BoxRecording, GivenTrajectory
from midp_ros.blackbox.robot_box import RobotBox, RobotSide
from midp_ros.core.errors import CommandError, MidpError
from midp_ros.core.pose import Pose
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.motions import Samples
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.safety import MotionMonitor

AFTER_S = 0.3
AT_REST_RAD = 1e-9  # in a millisecond


class ReplayError(MidpError):
    """A recording that cannot be played."""


@dataclass(frozen=True)
class Replay:
    """The outcome.

    Attributes:
        start_s: where it began, on the recording's clock [s].
        errors, time_s, reason: of the reflex; none, infinite and empty where there was none.
        recording: what the stand-in's own black box has seen of it.
    """

    start_s: float
    errors: tuple[str, ...]
    time_s: float
    reason: str
    recording: BoxRecording


class _Commands:
    """The recorded setpoints, one by one, and then the last one."""

    def __init__(self, recording: BoxRecording, start_s: float):
        later = recording.setpoints.time_s > start_s + 1e-6
        self._position = recording.setpoints.values[0][later]

    def sample(self, times_s: np.ndarray) -> Samples:
        rows = np.minimum(np.rint(times_s * 1000).astype(int) - 1, len(self._position) - 1)
        position = self._position[rows]
        before = self._position[np.maximum(rows - 1, 0)]
        velocity = np.where((rows < len(self._position) - 1)[:, None], (position - before) * 1000, 0.0)
        return position, velocity, np.zeros_like(position)


def replay(recording: BoxRecording, end_s: float | None = None) -> Replay:
    """Plays it up to its incident and a moment more.

    The trajectories are handed over when they arrived; without any, the recorded setpoints are commanded as they are.

    Raises:
        ReplayError: there is nothing to play.
    """
    if not len(recording.setpoints.time_s) and not recording.trajectories:
        raise ReplayError("it holds neither setpoints nor trajectories: there is nothing to replay")
    end_s = recording.trigger.time_s + AFTER_S if end_s is None else end_s
    start_s, start_rad = _start(recording)
    simulation = _scene(recording, start_s, start_rad)
    box = RobotBox(RobotSide(recording.profile, lambda: dict(recording.about), lambda: 0), lambda build, event: None)
    simulation.attach_observer(box)
    if recording.trajectories:
        _follow(recording, simulation, start_s, end_s)
    else:
        robot = simulation.robot
        monitor = MotionMonitor(simulation.model)
        robot.drive_by(_Commands(recording, start_s), recording.profile.stiffness_nm_rad, monitor, robot.positions)
        simulation.advance(end_s - start_s)
    reflexes = simulation.robot.reflexes
    first = reflexes[0] if reflexes else None
    errors = tuple(sorted(first.errors)) if first else ()
    seen = box.recording(BoxEvent(simulation.time_s, REFLEX, first.reason if first else "", errors))
    stops = [e for e in seen.events if e.kind == REFLEX]
    time_s = start_s + stops[0].time_s if stops else float("inf")
    return Replay(start_s, stops[0].errors if stops else (), time_s, stops[0].text if stops else "", seen)


def _start(recording: BoxRecording) -> tuple[float, np.ndarray]:
    """The last time [s] at rest before the incident, and where (joints,)."""
    setpoints = recording.setpoints
    if not len(setpoints.time_s):
        first = recording.trajectories[0]
        return first.time_s, first.trajectory.position_rad[0]
    before = setpoints.time_s < recording.trigger.time_s - 1e-9
    times, position = setpoints.time_s[before], setpoints.values[0][before]
    moved = np.abs(np.diff(position, axis=0)).max(axis=1) > AT_REST_RAD if len(position) > 1 else np.zeros(0, bool)
    rest = np.flatnonzero(~moved)
    # Of a long rest the end; a single millisecond without motion may be a turning point.
    long_rest = [row for row in rest[::-1] if row >= 20 and not moved[row - 20 : row].any()]
    row = int(long_rest[0]) if long_rest else 0
    return float(times[row]), position[row]


def _scene(recording: BoxRecording, start_s: float, start_rad: np.ndarray) -> Simulation:
    controller = "trajectory" if recording.trajectories else "none"
    interface = str(recording.about.get("interface", "position"))
    options = RobotOptions(reflexes=True, interface=interface, controller=controller)
    task = str(recording.about.get("task") or "reach")
    simulation = Simulation(task, recording.profile.path or recording.profile.name, options=options)
    simulation.place(start_rad)
    poses = next((poses for t, poses in reversed(recording.scene) if t <= start_s + 0.1), {})
    if poses:
        simulation.task.place(
            simulation.engine, {n: Pose.from_quaternion(np.array(p[:3]), np.array(p[3:])) for n, p in poses.items()}
        )
    return simulation


def _follow(recording: BoxRecording, simulation: Simulation, start_s: float, end_s: float) -> None:
    pushes: list[tuple[float, BoxEvent | GivenTrajectory]] = [
        (e.time_s, e) for e in recording.events if e.kind == "push"
    ]
    given: list[tuple[float, BoxEvent | GivenTrajectory]] = [(g.time_s, g) for g in recording.trajectories if g.sent]
    for time_s, what in sorted([*pushes, *given], key=lambda each: each[0]):
        if not start_s - 0.5 <= time_s <= end_s:
            continue
        cycles = np.ceil(max(0.0, time_s - start_s) * 1000 - 1e-6)
        simulation.advance(max(0.0, cycles / 1000 - simulation.time_s))
        if isinstance(what, BoxEvent):
            simulation.robot.push(np.array([float(x) for x in what.text.split()]) if what.text else None)
            continue
        try:
            simulation.robot.follow(replace(what.trajectory, time_s=what.trajectory.time_s - start_s))
        except CommandError:
            continue  # as the robot refused it, too: it had stopped, or the trajectory was over
    simulation.advance(max(0.0, end_s - start_s - simulation.time_s))
