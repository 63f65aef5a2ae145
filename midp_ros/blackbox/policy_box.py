"""Black box of a policy's loop: what it saw, planned and sent; imports core, kinematics and control."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from midp_ros.blackbox.recording import (
    OPERATOR,
    POLICY,
    REFLEX,
    STOP,
    BoxEvent,
    BoxRecording,
    GivenChunk,
    GivenTrajectory,
    Series,
)
from midp_ros.blackbox.ring import LASTS_S, Ring, Snapshot
from midp_ros.blackbox.trigger import Trigger
from midp_ros.control import Commands, RobotCondition, Sample
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.stamp import nanoseconds
from midp_ros.kinematics.profile import RobotProfile

JOINTS, VELOCITIES = "joint_position", "joint_velocity"


@dataclass(frozen=True)
class PolicySide:
    """What a file says about the policy beside what happened.

    Attributes:
        about: plain data: node, model and its hash, hand-over, output, ...; asked for when a file is written.
    """

    profile: RobotProfile
    contract: Contract
    about: Callable[[], dict[str, Any]]


class PolicyBox:
    """Receives what a loop does; all times are on the loop's clock [s].

    Args:
        save: receives what makes the recording out of a snapshot; called a moment after a stop is latched.
    """

    def __init__(
        self,
        side: PolicySide,
        save: Callable[[Callable[[], BoxRecording], BoxEvent], None],
        lasts_s: float = LASTS_S,
    ):
        self._side = side
        self._ring = Ring(lasts_s)
        self._trigger = Trigger(lambda event: save(self._later(event), event))
        self._now_s, self._latched, self._condition = 0.0, "", RobotCondition()

    def step(self, time_s: float, samples: Mapping[str, Sample]) -> None:
        """A control step has seen samples."""
        self._now_s = time_s
        if (joints := samples.get(JOINTS)) is not None and joints.value is not None:
            speeds = samples.get(VELOCITIES)
            self._ring.add("state", time_s, joints.time_s, joints.value, speeds.value if speeds else None)
        self._trigger.look(time_s)

    def sent(self, time_s: float, commands: Commands, sent: bool) -> None:
        """Commands were written, or came too late and were not."""
        self._now_s = time_s
        if commands.trajectory is not None:
            purpose = "other" if commands.chunk is None else "chunk"
            self._ring.add("trajectory", time_s, commands.trajectory, commands.before_s, sent, purpose)
        if commands.chunk is not None:
            self._ring.add("chunk", time_s, commands.chunk)

    def note(self, time_s: float, kind: str, text: str) -> None:
        """Something that the loop reports, e.g. a new state."""
        self._ring.add("event", time_s, BoxEvent(time_s, kind, text))

    def look(self, time_s: float, condition: RobotCondition, latched: str) -> None:
        """How robot and latched stop stand, at every control step.

        Args:
            latched: why a stop is latched; empty where none is.
        """
        if condition != self._condition:
            self._condition = condition
            self._ring.add("event", time_s, BoxEvent(time_s, "state", f"mode {condition.mode or 'unknown'}"))
        if latched and not self._latched:
            reflex = bool(condition.errors)
            self._pull(BoxEvent(time_s, REFLEX if reflex else STOP, latched, tuple(condition.errors)))
        self._latched = latched
        self._trigger.look(time_s)

    def operator(self, time_s: float) -> None:
        """An operator asks for a file."""
        self._pull(BoxEvent(time_s, OPERATOR, "an operator asked for it"))

    def finish(self) -> None:
        """Writes now what still waits: the loop ends."""
        self._trigger.finish()

    def recording(self, event: BoxEvent) -> BoxRecording:
        """What is kept now."""
        return self._later(event)()

    # --- inside -------------------------------------------------------------------------------------------------------
    def _pull(self, event: BoxEvent) -> None:
        self._ring.add("event", event.time_s, event)
        self._trigger.pull(event)

    def _later(self, event: BoxEvent) -> Callable[[], BoxRecording]:
        snapshot, side, about = self._ring.snapshot(), self._side, self._side.about()
        return lambda: recording_of(snapshot, side, event, about)


def recording_of(snapshot: Snapshot, side: PolicySide, event: BoxEvent, about: dict[str, Any]) -> BoxRecording:
    """The recording out of a ring's snapshot; its clock begins with its oldest entry.

    A difference of two times of day is exact; a time of day itself is known to a quarter of a microsecond only.
    """
    zero_s = min((entries[0][0] for entries in snapshot.values() if entries), default=event.time_s)
    states = _states(snapshot.get("state", []), zero_s, side.profile.joints)
    given = tuple(
        GivenTrajectory(t - zero_s, _moved(trajectory, zero_s), before_s - zero_s, sent, purpose)
        for t, trajectory, before_s, sent, purpose in snapshot.get("trajectory", [])
    )
    chunks = tuple(
        GivenChunk(t - zero_s, chunk.time_s - zero_s, chunk.step_s, chunk.actions)
        for t, chunk in snapshot.get("chunk", [])
    )
    events = tuple(_event_moved(e, zero_s) for _, e in snapshot.get("event", []))
    return BoxRecording(
        POLICY, side.profile, nanoseconds(zero_s), _event_moved(event, zero_s), about, side.contract,
        setpoints=Series.empty(side.profile.joints), states=states, forces=Series.empty(side.profile.joints, 6),
        targets=Series.empty(side.profile.joints, 1), trajectories=given, chunks=chunks, events=events,
    )  # fmt: skip


def _states(entries: Sequence[tuple[Any, ...]], zero_s: float, joints: int) -> Series:
    """Measurements at their own times, each once."""
    times: list[float] = []
    positions, velocities = list[Array](), list[Array]()
    for _, measured_s, position, velocity in entries:
        if position.shape != (joints,) or (times and measured_s - zero_s <= times[-1]):
            continue
        times.append(measured_s - zero_s)
        positions.append(position)
        velocities.append(velocity if velocity is not None else np.full(joints, np.nan))
    shaped = (np.array(v, float).reshape(-1, joints) for v in (positions, velocities))
    return Series(np.array(times, float), tuple(shaped))


def _moved(trajectory: JointTrajectory, zero_s: float) -> JointTrajectory:
    return replace(trajectory, time_s=trajectory.time_s - zero_s)


def _event_moved(event: BoxEvent, zero_s: float) -> BoxEvent:
    return BoxEvent(event.time_s - zero_s, event.kind, event.text, event.errors)
