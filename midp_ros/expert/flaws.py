"""Flaws of human demonstrations, on purpose, for an expert; imports core.

Demonstrations with a known flaw show whether a measure of demonstrations' worth finds them (docs/accountant.md).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.pose import Pose, matrix_from_rotation6, matrix_from_rotation_vector, rotation6_from_matrix
from midp_ros.core.window import ObservationWindow
from midp_ros.expert.scripted import Rule, ScriptedExpert


class Flaw(Protocol):
    """A flaw of one episode: it changes the goal of the expert's rule or the actions that result."""

    def reset(self, random: np.random.Generator) -> None:
        """Draws the episode's flaw."""

    def goal(self, goal: Pose, tool: Pose) -> Pose:
        """The goal of the next control step instead of the rule's."""

    def actions(self, actions: Array) -> Array:
        """The actions (steps, action_size) instead of the expert's."""


class Pauses:
    """The demonstrator stops on the way: one to three times, 0.8 s to 2 s each, within the first 1.5 s."""

    def __init__(self, contract: Contract):
        self._step_s = contract.step_s

    def reset(self, random: np.random.Generator) -> None:
        """Draws the pauses."""
        self._step = 0
        self._paused_at: Pose | None = None
        starts_s = random.uniform(0.0, 1.5, random.integers(1, 4))
        self._pauses_s = [(s, s + length) for s, length in zip(starts_s, random.uniform(0.8, 2.0, 3), strict=False)]

    def goal(self, goal: Pose, tool: Pose) -> Pose:
        """The tool's own pose at the start of the pause, while one lasts."""
        time_s, self._step = self._step * self._step_s, self._step + 1
        if not any(start <= time_s < end for start, end in self._pauses_s):
            self._paused_at = None
            return goal
        self._paused_at = self._paused_at or tool
        return self._paused_at

    def actions(self, actions: Array) -> Array:
        """The expert's."""
        return actions


class Detour:
    """The demonstrator moves to one or two places beside the way first, 10 cm to 22 cm off."""

    NEAR_M = 0.03
    LONGEST_S = 2.5  # for each place; one that is out of reach is given up
    LOWEST_M = 0.12  # above the base

    def __init__(self, contract: Contract):
        self._steps = round(self.LONGEST_S / contract.step_s)

    def reset(self, random: np.random.Generator) -> None:
        """Draws the places, as offsets from points on the straight way."""
        directions = random.normal(size=(random.integers(1, 3), 3))
        directions *= random.uniform(0.10, 0.22, len(directions))[:, None] / np.linalg.norm(
            directions, axis=1, keepdims=True
        )
        self._offsets_m = list(directions)
        self._place: Pose | None = None
        self._left = self._steps
        self._share = float(random.uniform(0.2, 0.8))

    def goal(self, goal: Pose, tool: Pose) -> Pose:
        """The next place, until all are visited."""
        if not self._offsets_m:
            return goal
        if self._place is None:
            position_m = tool.position_m + self._share * (goal.position_m - tool.position_m) + self._offsets_m[0]
            position_m[2] = max(position_m[2], self.LOWEST_M)
            self._place, self._left = Pose(position_m, tool.rotation), self._steps
        place, self._left = self._place, self._left - 1
        if np.linalg.norm(place.position_m - tool.position_m) < self.NEAR_M or self._left <= 0:
            self._offsets_m, self._place = self._offsets_m[1:], None
        return place

    def actions(self, actions: Array) -> Array:
        """The expert's."""
        return actions


class Tremor:
    """Noise that grows with the commanded motion (Harris & Wolpert 1998, "Signal-dependent noise determines motor
    planning"): its standard deviation is 60 % to 120 % of a step's way, and 1 mm and 0.3 degrees at rest."""

    REST_M, REST_RAD = 0.001, float(np.radians(0.3))

    def __init__(self, contract: Contract):
        self._position, self._rotation = (contract.action_slices[k] for k in ("tool_position", "tool_rotation"))

    def reset(self, random: np.random.Generator) -> None:
        """Draws the strength."""
        self._random, self._strength = random, float(random.uniform(0.6, 1.2))
        self._before_m: Array | None = None

    def goal(self, goal: Pose, tool: Pose) -> Pose:
        """The rule's."""
        return goal

    def actions(self, actions: Array) -> Array:
        """The expert's with noise; positions and rotations alike."""
        position_m = actions[:, self._position]
        step_m = 0.0 if self._before_m is None else float(np.linalg.norm(position_m[0] - self._before_m))
        self._before_m = position_m[0].copy()
        noisy, shape = actions.copy(), (len(actions), 3)
        noisy[:, self._position] += self._random.normal(size=shape) * (self.REST_M + self._strength * step_m)
        turns = self._random.normal(size=shape) * (self.REST_RAD + 2.0 * self._strength * step_m)  # 2 rad a metre
        rotations = matrix_from_rotation6(actions[:, self._rotation])
        noisy[:, self._rotation] = [
            rotation6_from_matrix(matrix_from_rotation_vector(turn) @ rotation)
            for turn, rotation in zip(turns, rotations, strict=True)
        ]
        return noisy


FLAWS: dict[str, Callable[[Contract], Flaw]] = {"pauses": Pauses, "detour": Detour, "tremor": Tremor}


class FlawedExpert:
    """A Policy: a scripted expert with one flaw.

    Raises:
        UnknownNameError: lists the known flaws.
    """

    executed_steps = 1

    def __init__(self, expert: ScriptedExpert, flaw: str):
        if flaw not in FLAWS:
            raise UnknownNameError("flaw", flaw, FLAWS)
        self.contract, self._flaw = expert.contract, FLAWS[flaw](expert.contract)
        self._expert = ScriptedExpert(expert.contract, _FlawedRule(expert.rule, self._flaw), expert.varied)

    def reset(self, seed: int) -> None:
        """Starts an episode with the flaw of its seed."""
        self._flaw.reset(np.random.default_rng([seed, 3]))
        self._expert.reset(seed)

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The expert's next steps, flawed."""
        chunk = self._expert.act(window)
        return ActionChunk(self._flaw.actions(chunk.actions), chunk.time_s, chunk.step_s)


class _FlawedRule:
    """A rule whose goal the flaw changes."""

    def __init__(self, rule: Rule, flaw: Flaw):
        self._rule, self._flaw = rule, flaw
        self.draw = getattr(rule, "draw", None)

    def reset(self) -> None:
        self._rule.reset()

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        goal, width_m = self._rule.goal(observed, tool)
        return self._flaw.goal(goal, tool), width_m
