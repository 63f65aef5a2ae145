"""Black box of the simulated arm: an ArmObserver that keeps references, and works only when a file is written.

Imports core, kinematics and simulation's observer protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from midp_ros.blackbox.recording import OPERATOR, REFLEX, ROBOT, STOP, BoxEvent, BoxRecording, GivenTrajectory, Series
from midp_ros.blackbox.ring import LASTS_S, Ring, Snapshot
from midp_ros.blackbox.trigger import Trigger
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose
from midp_ros.kinematics.profile import RobotProfile

SCENE_EVERY_S = 0.1


@dataclass(frozen=True)
class RobotSide:
    """What a file says about the robot beside what happened.

    Attributes:
        about: plain data: node, task, seed, interface, ...; asked for when a file is written.
        origin_ns: gives the graph's time [ns] of the robot's zero.
    """

    profile: RobotProfile
    about: Callable[[], dict[str, Any]]
    origin_ns: Callable[[], int]
    contract: Contract | None = None


class RobotBox:
    """Give it to `Simulation.attach_observer`.

    Args:
        save: receives what makes the recording out of a snapshot; called a moment after a reflex or a stop.
        poses: gives the task's present poses.
    """

    def __init__(
        self,
        side: RobotSide,
        save: Callable[[Callable[[], BoxRecording], BoxEvent], None],
        poses: Callable[[], dict[str, Pose]] = dict,
        lasts_s: float = LASTS_S,
    ):
        self._side, self._poses = side, poses
        self._ring, self._scene_s = Ring(lasts_s), -SCENE_EVERY_S
        self._trigger = Trigger(lambda event: save(self._later(event), event))
        self._now_s = 0.0

    # --- the arm's ----------------------------------------------------------------------------------------------------
    def ran(
        self,
        time_s: float,
        asked_rad: Array,
        measured: Sequence[tuple[Array, Array]],
        external_nm: Array,
        wrench: Array,
    ) -> None:
        self._now_s = time_s
        self._ring.add("batch", time_s, asked_rad, measured, external_nm, wrench)
        if time_s - self._scene_s >= SCENE_EVERY_S:
            self._scene_s = time_s
            if poses := self._poses():
                self._ring.add("scene", time_s, poses)
        self._trigger.look(time_s)

    def followed(self, time_s: float, trajectory: JointTrajectory) -> None:
        self._ring.add("trajectory", time_s, trajectory)

    def targeted(self, time_s: float, stamp_s: float, target_rad: Array) -> None:
        self._ring.add("target", time_s, stamp_s, target_rad)

    def stopped(self, time_s: float, reason: str, errors: frozenset[str]) -> None:
        self._pull(BoxEvent(time_s, REFLEX if errors else STOP, reason, tuple(sorted(errors))))

    def happened(self, time_s: float, kind: str, text: str) -> None:
        self._ring.add("event", time_s, BoxEvent(time_s, kind, text))

    # --- the node's ---------------------------------------------------------------------------------------------------
    def operator(self) -> None:
        """An operator asks for a file."""
        self._pull(BoxEvent(self._now_s, OPERATOR, "an operator asked for it"))

    def restart(self) -> None:
        """The arm is about to begin again at time zero; what still waits to be written is."""
        self._trigger.finish()
        self._trigger.restart()
        self._ring.clear()
        self._now_s, self._scene_s = 0.0, -SCENE_EVERY_S

    def recording(self, event: BoxEvent) -> BoxRecording:
        """What is kept now."""
        return self._later(event)()

    def finish(self) -> None:
        """Writes now what still waits."""
        self._trigger.finish()

    # --- inside -------------------------------------------------------------------------------------------------------
    def _pull(self, event: BoxEvent) -> None:
        self._ring.add("event", event.time_s, event)
        self._trigger.pull(event)

    def _later(self, event: BoxEvent) -> Callable[[], BoxRecording]:
        snapshot, side = self._ring.snapshot(), self._side
        about, origin_ns = side.about(), side.origin_ns()
        return lambda: recording_of(snapshot, side, event, about, origin_ns)


def recording_of(
    snapshot: Snapshot, side: RobotSide, event: BoxEvent, about: dict[str, Any], origin_ns: int
) -> BoxRecording:
    """The recording out of a ring's snapshot."""
    joints = side.profile.joints
    batches = snapshot.get("batch", [])
    ends = [(time_s, len(asked)) for time_s, asked, *_ in batches]
    times = [time_s - 1e-3 * np.arange(count - 1, -1, -1) for time_s, count in ends]
    # Batch by batch: all at once would keep the interpreter from the node's loop.
    states = [np.array(measured).reshape(-1, 2, joints) for _, _, measured, *_ in batches]
    measured = np.concatenate([*states, np.empty((0, 2, joints))])
    felt = [(time_s, torque, wrench) for time_s, _, _, torque, wrench in batches if len(torque)]
    time_s = np.concatenate([*times, np.empty(0)]).round(9)
    return BoxRecording(
        ROBOT, side.profile, origin_ns, event, about, side.contract,
        setpoints=Series(time_s, (np.concatenate([*(b[1] for b in batches), np.empty((0, joints))]),)),
        states=Series(time_s, (measured[:, 0], measured[:, 1])),
        forces=Series(
            np.array([t for t, *_ in felt]),
            (np.array([f for _, f, _ in felt]).reshape(-1, joints), np.array([w for *_, w in felt]).reshape(-1, 6)),
        ),
        targets=_targets(snapshot.get("target", []), joints),
        trajectories=tuple(GivenTrajectory(t, trajectory) for t, trajectory in snapshot.get("trajectory", [])),
        events=tuple(event for _, event in snapshot.get("event", [])),
        scene=tuple((t, {n: _plain(p) for n, p in poses.items()}) for t, poses in snapshot.get("scene", [])),
    )  # fmt: skip


def _targets(entries: Sequence[tuple[Any, ...]], joints: int) -> Series:
    """Arrivals; positions and stamps."""
    positions, stamps = ([e[2] for e in entries], [[e[1]] for e in entries])
    values = np.array(positions, float).reshape(-1, joints), np.array(stamps, float).reshape(-1, 1)
    return Series(np.array([e[0] for e in entries], float), values)


def _plain(pose: Pose) -> list[float]:
    return [*pose.position_m.tolist(), *pose.quaternion.tolist()]
