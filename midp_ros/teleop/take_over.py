"""Take-over: a learned policy drives, a person intervenes, corrects and hands back; one Policy for the loop.

    policy --device moves, or button--> person --button, or rest for a while--> policy

The loop asks at the person's rate. The learned policy is asked at its own rate, on another thread where there is one.
Both directions go through the loop's shaping: whatever the targets do, the commanded motion has no step.

Imports core and kinematics.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract, Horizon
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow
from midp_ros.teleop.chunk_path import ChunkPath
from midp_ros.teleop.operator_input import OperatorInput
from midp_ros.teleop.teleoperation import AHEAD_S, ROBOT, Teleoperation

POLICY, CORRECTION = "policy", "correction"


@dataclass(frozen=True)
class TakeOverSettings:
    """When who drives.

    Attributes:
        threshold: share of the largest velocity from which a device's motion takes over; above 1: only the button does.
        hand_back_s: rest of the device after which the policy goes on [s]; 0: only the button hands back.
        corrects: whether a person may take over at all.
    """

    threshold: float = 0.15
    hand_back_s: float = 0.0
    corrects: bool = True


def take_over_contract(contract: Contract, rate_hz: float) -> Contract:
    """A learned policy's contract at the person's rate."""
    return replace(contract, rate_hz=rate_hz, horizon=Horizon(1, int(np.ceil(AHEAD_S * rate_hz)), 1))


class TakeOver:
    """The Policy.

    Args:
        learned: the policy; what hands its chunks over to each other is part of it (control.with_handover).
        person: under `take_over_contract` of the policy's contract.
        submit: runs the learned policy's inference; by default at once.

    Attributes:
        driver: `policy` or `correction`.
    """

    executed_steps = 1

    def __init__(
        self,
        learned: Policy,
        person: Teleoperation,
        settings: TakeOverSettings | None = None,
        submit: Callable[[Callable[[], None]], object] = lambda job: job(),
    ):
        self.contract, self.driver = person.contract, POLICY
        self._learned, self._person, self._submit = learned, person, submit
        self._settings = settings or TakeOverSettings()
        self._changes: list[tuple[str, float]] = []
        self._deciding = threading.Lock()  # on the loop's thread, and on the node's while the arm is held
        self._seed = self._episode = self._corrections = 0
        self.reset(0)

    @property
    def operator(self) -> OperatorInput:
        """The person's devices."""
        return self._person.operator

    def reset(self, seed: int) -> None:
        """Starts from where the arm is; who drives stays."""
        self._seed, self._window = seed, ObservationWindow(self._learned.contract)
        self._person.reset(seed)
        self._path: ChunkPath | None = None
        self._problem: Exception | None = None
        self._begin_learned()
        self._next_s, self._announced = -np.inf, False
        self._moved_s = -np.inf

    def needed(self) -> frozenset[str]:
        """Names of the observations that the driver needs: a person sees the scene, and needs the robot's own alone."""
        names = frozenset(entry.name for entry in self.contract.observed)
        return names if self.driver == POLICY else names & frozenset(ROBOT)

    def look(self, time_s: float) -> None:
        """Follows the person's devices while the loop holds the arm, and so asks for no actions [s]."""
        self.operator.read(time_s)
        self._decide(time_s)

    def changes(self) -> list[tuple[str, float]]:
        """Who drives since when [s], for each change since the last call."""
        found, self._changes = self._changes, []
        return found

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The targets of the driver, policy or person."""
        time_s, observed = window.time_s, window.array()[-1]
        if not self._announced:
            self._changes.append((self.driver, time_s))
            self._announced = True
        images = window.newest_images()
        lost = not np.isfinite(observed).all() or len(images) < len(self.contract.images)
        step_begins = self._observe(time_s, observed, images, lost)
        self.operator.read(time_s)
        self._decide(time_s)
        if self.driver == CORRECTION or lost:
            return self._person.act(window)
        if step_begins or self._path is None:
            self._ask(time_s, observed)
        if self._problem is not None:
            problem, self._problem = self._problem, None
            raise problem
        path = self._path
        if path is None or time_s > path.end_s:
            return self._person.act(window)  # the policy has not answered yet: the arm rests
        return self._along(path, time_s)

    # --- inside ------------------------------------------------------------------------------------------------------
    def _observe(self, time_s: float, observed: Array, images: Mapping[str, Picture], lost: bool) -> bool:
        """Takes the observation into the learned policy's window; whether one of its control steps begins."""
        step_s = self._learned.contract.step_s
        if lost:  # perception is, and what the policy saw before is no longer so
            self._window.clear()
            self._path = None
            return False
        if time_s < self._next_s - 0.5 * self.contract.step_s and self._next_s - time_s <= step_s:
            return False
        late = not abs(time_s - self._next_s) < 0.5 * step_s
        self._next_s = (time_s if late else self._next_s) + step_s
        self._window.push(time_s, observed, images)
        return True

    def _decide(self, time_s: float) -> None:
        with self._deciding:
            self._follow_person(time_s)

    def _follow_person(self, time_s: float) -> None:
        asked, moving = self.operator.asked(), self.operator.magnitude()
        if moving > 0.0:
            self._moved_s = time_s
        if self.driver == POLICY:
            if self._settings.corrects and (asked == "take_over" or moving > self._settings.threshold):
                self._change(CORRECTION, time_s)
                self._moved_s = time_s
            return
        rested = 0.0 < self._settings.hand_back_s < time_s - self._moved_s
        if asked is not None or rested:
            self._corrections += 1
            self._begin_learned()
            self._change(POLICY, time_s)

    def _change(self, driver: str, time_s: float) -> None:
        if driver == CORRECTION:
            self._person.reset(self._seed)
            if (width := self._width_m(time_s)) is not None:
                self._person.adopt_width(width)
        self.driver = driver
        self._changes.append((driver, time_s))

    def _width_m(self, time_s: float) -> float | None:
        place = self.contract.action_slices.get("gripper_width")
        return None if place is None or self._path is None else float(self._path.action(time_s)[place][0])

    def _begin_learned(self) -> None:
        """Chunks of before a correction mean another motion."""
        self._path = self._problem = None
        self._asked = False
        self._used = 0
        self._episode += 1
        self._fresh = True

    def _ask(self, time_s: float, observed: Array) -> None:
        self._used += 1
        if self._asked or (self._path is not None and self._used < self._learned.executed_steps):
            return
        self._asked, self._used = True, 0
        tool, linear_m_s = self._person.commanded_tool(time_s, observed)
        fresh, self._fresh = self._fresh, False
        answer = partial(self._answer, self._episode, self._window.copy(), fresh)
        self._submit(lambda: answer(lambda chunk: ChunkPath(self.contract, chunk, tool, linear_m_s)))

    def _answer(
        self, episode: int, window: ObservationWindow, fresh: bool, make: Callable[[ActionChunk], ChunkPath]
    ) -> None:
        path: ChunkPath | None = None
        problem: Exception | None = None
        try:
            if fresh:
                self._learned.reset(self._seed + self._corrections)
            path = make(self._learned.act(window))
        except Exception as e:  # the loop holds the arm for it
            problem = e
        if episode == self._episode:  # else a person took over meanwhile
            self._path, self._problem, self._asked = path or self._path, problem, False

    def _along(self, path: ChunkPath, time_s: float) -> ActionChunk:
        step_s, places = self.contract.step_s, self.contract.action_slices
        steps = self.contract.horizon.predicted
        actions = np.zeros((steps, self.contract.action_size))  # a leader arm's joints are not followed
        action = path.action(time_s)
        actions[:, : len(action)] = action
        for step in range(steps):
            pose = path.pose(time_s + (step + 1) * step_s)
            actions[step, places["tool_position"]] = pose.position_m
            actions[step, places["tool_rotation"]] = pose.rotation6
        return ActionChunk(actions, time_s, step_s)
