"""A recorded episode as a policy that yields its actions again, and how far the arm follows; imports core, no ROS.

waiting: the pose at the first observation    approach: straight to the recorded start    replay    held at the end

After an interruption (the arm was held, this machine stalled, the loop moves it from rest to rest) it goes on from
where it was left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.core.pose import (
    Pose,
    angle_between,
    matrix_from_rotation6,
    matrix_from_rotation_vector,
    rotation_vector,
)
from midp_ros.core.step_times import gaps, uninterrupted_parts
from midp_ros.core.window import ObservationWindow

APPROACH_M_S, APPROACH_RAD_S = 0.1, 0.4  # slow beside a hand that is in the way
SETTLE_S = 0.8  # at the recorded start, before the first action: a chunk that knows it is in force by then
# Without an observation for longer, what was sent may have ended at rest, and the steps that are due are far away.
LONGEST_SILENCE_STEPS = 3
TURN_M_RAD = 0.1  # what a turn counts beside a way: a point of the hand moves so far
NEAR_M = 0.02  # from where it was left it goes on at once; from farther away it approaches slowly
STANDING_M = 5e-4  # for each step by which it may be another one, where several were recorded at one place
TOOL = ("tool_position", "tool_rotation")


@dataclass(frozen=True)
class Distance:
    """How far two tool poses are apart."""

    position_m: float
    rotation_rad: float


@dataclass(frozen=True)
class Difference:
    """How far a replay's observations differ from the recorded ones, over the steps that both have.

    Attributes:
        mean, largest: of the tool.
        largest_joint_rad: of any joint; NaN where joints are not observed.
    """

    steps: int
    mean: Distance
    largest: Distance
    largest_joint_rad: float


class ReplayPolicy:
    """A core.protocols.Policy: the recorded actions, each at its step.

    Args:
        steps_ahead: actions of a chunk.
        released: whether it may move from the beginning on; else `release` lets it go.

    Attributes:
        start: where the arm was before it moved, apart from the recorded start; None before the first observation.
        followed: observation (observation_size,) at each replayed step; a loop that is late leaves some out.
        interruptions: how often it had to go on from where the arm was left.
        done: whether every action has been due.

    Raises:
        FileFormatError: the episode has no tool actions, a gap, or times at no rate.
    """

    executed_steps = 1

    def __init__(self, episode: Episode, released: bool = True, steps_ahead: int = 8):
        contract = episode.contract
        named = {e.name for e in contract.action}, {e.name for e in contract.observation}
        if not all(name in group for name in TOOL for group in named):
            raise FileFormatError(f"{episode.name} cannot be replayed: it has no {' and '.join(TOOL)}")
        if interrupted := gaps(episode, uninterrupted_parts(episode)):
            raise FileFormatError(f"{interrupted}; `midp data split` cuts it there")
        self.contract: Contract = contract
        self.episode, self._ahead = episode, steps_ahead
        self._released, self._stopped = released, False
        self.start: Distance | None = None
        self._held: Array | None = None
        self._way: Array = np.empty((0, self.contract.action_size))
        self._begun_s: float | None = None
        self._first, self._newest = 0, 0  # action after the approach; step of the newest observation since `_begun_s`
        self.interruptions = 0
        self.followed: dict[int, Array] = {}
        self.done = False

    def reset(self, seed: int) -> None:
        """The arm was held: it goes on from where it was left, released as it was."""
        self._held, self._stopped = None, True

    def release(self) -> None:
        """Lets it move."""
        self._released = True

    @property
    def progress(self) -> tuple[int, int]:
        """Steps that were replayed, and all of them."""
        return len(self.followed), len(self.episode)

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The actions that follow the newest observation's time."""
        observed, time_s = window.array()[-1], window.time_s
        if self._held is None:
            self._held = self._standing(observed)
            if self._begun_s is None:
                self.start = distance(self._tool(observed), self._tool(self.episode.observation[0]))
        if not self._released:
            return self._chunk(np.tile(self._held, (self._ahead, 1)), time_s)
        if self._begun_s is None:
            self._begin(time_s, 0, self._approach(observed, 0))
        elif (self._stopped or self._step(time_s) - self._newest > LONGEST_SILENCE_STEPS) and not self.done:
            self.interruptions += 1
            self._go_on(time_s, observed)
        self._stopped, step = False, self._step(time_s)
        self._newest = step
        replayed = self._first + step - len(self._way)
        if self._first <= replayed < len(self.episode):
            self.followed[replayed] = observed
        self.done = replayed >= len(self.episode) - 1
        whole = np.concatenate([self._way, self.episode.action[self._first :]])
        return self._chunk(whole[np.minimum(np.arange(step, step + self._ahead), len(whole) - 1)], time_s)

    def difference(self) -> Difference:
        """How far the arm was from where it was recorded; raises FileFormatError where nothing was replayed."""
        if not self.followed:
            raise FileFormatError(f"nothing of {self.episode.name} was replayed")
        slices = self.contract.observation_slices
        apart, joints = [], []
        for step, observed in self.followed.items():
            recorded = self.episode.observation[step]
            apart.append(distance(self._tool(observed), self._tool(recorded)))
            if place := slices.get("joint_position"):
                joints.append(float(np.abs(observed[place] - recorded[place]).max()))
        positions, rotations = ([getattr(d, f) for d in apart] for f in ("position_m", "rotation_rad"))
        return Difference(
            len(apart),
            Distance(float(np.mean(positions)), float(np.mean(rotations))),
            Distance(max(positions), max(rotations)),
            max(joints, default=float("nan")),
        )

    # --- inside ------------------------------------------------------------------------------------------------------
    def _chunk(self, actions: Array, time_s: float) -> ActionChunk:
        return ActionChunk(actions, time_s, self.contract.step_s)

    def _tool(self, observed: Array) -> Pose:
        position, rotation = (observed[self.contract.observation_slices[name]] for name in TOOL)
        return Pose(position, matrix_from_rotation6(rotation))

    def _standing(self, observed: Array) -> Array:
        """The action (action_size,) that changes nothing; an action that is not observed is the episode's first one."""
        action, seen = self.episode.action[0].copy(), self.contract.observation_slices
        for e in self.contract.action:
            if e.name in seen:
                action[self.contract.action_slices[e.name]] = observed[seen[e.name]]
        return action

    def _begin(self, time_s: float, first: int, way: Array) -> None:
        """Goes this way from now on, and replays from an action on."""
        self._begun_s, self._first, self._way, self._newest = time_s, first, way, 0

    def _step(self, time_s: float) -> int:
        assert self._begun_s is not None
        return round((time_s - self._begun_s) * self.contract.rate_hz)

    def _go_on(self, time_s: float, observed: Array) -> None:
        """Replays from the recorded step nearest to where the arm is, of those that the newest chunk can have led to.

        Where the arm stood for long, that is the first one of these steps if it was held, else the last one.
        """
        executed = max(0, min(self._ahead, self._step(time_s) - self._newest))  # a clock may have been set back
        begin, end = (self._first + max(0, self._newest + k - len(self._way)) for k in (0, executed))
        likely = begin if self._stopped else end
        here = self._tool(observed)
        apart_m = {}
        for step in range(begin, min(end + 1, len(self.episode))):
            apart = distance(here, self._tool(self.episode.observation[step]))
            apart_m[step] = apart.position_m + TURN_M_RAD * apart.rotation_rad
        first = min(apart_m, key=lambda step: apart_m[step] + STANDING_M * abs(step - likely))
        near = apart_m[first] < NEAR_M
        self._begin(time_s, first, self._way[:0] if near else self._approach(observed, first))

    def _approach(self, observed: Array, first: int) -> Array:
        """Actions (steps, action_size) on a straight way to where the first one was recorded, where the arm settles.

        It does so where it is there already, too: the loop then knows the first actions before they are due.
        """
        here, there = self._tool(observed), self._tool(self.episode.observation[first])
        # After an interruption the gripper goes on as it was commanded.
        still = self.episode.action[first - 1] if first else self._standing(observed)
        apart = distance(here, there)
        duration_s = max(apart.position_m / APPROACH_M_S, apart.rotation_rad / APPROACH_RAD_S)
        count = int(duration_s * self.contract.rate_hz) + 1
        turn = rotation_vector(here.rotation.T @ there.rotation)
        way = np.tile(still, (count + round(SETTLE_S * self.contract.rate_hz), 1))
        for k, action in enumerate(way):
            share = min(1.0, (k + 1) / count)
            rotation = here.rotation @ matrix_from_rotation_vector(share * turn)
            pose = Pose(here.position_m + share * (there.position_m - here.position_m), rotation)
            for name, values in zip(TOOL, (pose.position_m, pose.rotation6), strict=True):
                action[self.contract.action_slices[name]] = values
        return way


def distance(one: Pose, other: Pose) -> Distance:
    """How far two tool poses are apart."""
    apart_m = float(np.linalg.norm(one.position_m - other.position_m))
    return Distance(apart_m, float(angle_between(one.rotation, other.rotation)))
