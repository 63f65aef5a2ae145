"""Episodes side by side, in which a policy acts while it learns; imports core and simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import require
from midp_ros.core.pose import matrix_from_rotation6
from midp_ros.core.window import observation_vector
from midp_ros.simulation.environment import LARGEST_SEED, TaskEnvironment

SCENES = 2000  # that are drawn; from then on they come again
Flags = NDArray[np.bool_]


class Episodes(Protocol):
    """A number of episodes, each of which is begun anew where it has ended."""

    def begin(self, numbers: Sequence[int]) -> Array:
        """Begins some of them; their first observations (numbers, observation_size)."""

    def step(self, actions: Array) -> tuple[Array, Flags, Flags]:
        """One control step of raw actions (episodes, action_size) in all of them.

        Returns:
            Observations (episodes, observation_size), which have ended (episodes,), and which of these succeeded.
        """

    def close(self) -> None:
        """Ends them all."""


class TaskEpisodes:
    """Episodes of environments, one after the other in this process."""

    def __init__(self, environments: Sequence[TaskEnvironment], seed: int):
        self._environments, self._random = environments, np.random.default_rng([seed, 5])
        self._contract = environments[0].contract

    def begin(self, numbers: Sequence[int]) -> Array:
        """See Episodes."""
        return np.stack([self._vector(self._environments[i].reset(seed=drawn(self._random))[0]) for i in numbers])

    def step(self, actions: Array) -> tuple[Array, Flags, Flags]:
        """See Episodes."""
        results = [each.step(action) for each, action in zip(self._environments, actions, strict=True)]
        ended = np.array([terminated or truncated for _, _, terminated, truncated, _ in results])
        succeeded = np.array([info["is_success"] for *_, info in results], bool)
        return np.stack([self._vector(observation) for observation, *_ in results]), ended, succeeded

    def close(self) -> None:
        """See Episodes."""
        for environment in self._environments:
            environment.close()

    def _vector(self, observation: dict[str, Array]) -> Array:
        return observation_vector(self._contract, observation)


class ToolEpisodes:
    """Episodes of a task that brings the tool to a goal, with a tool that is where it is commanded, and no arm.

    All of them are one array, so that a step costs next to nothing. Joints keep the positions that they began with,
    which a contract may hide from the policy. The task's own poses, tolerances and times count; its goal is looked at
    once in a control step.

    Args:
        environment: where scenes are drawn.

    Raises:
        ConfigError: the task needs more than a tool.
    """

    def __init__(self, environment: TaskEnvironment, count: int, seed: int):
        self._environment, self._random = environment, np.random.default_rng([seed, 5])
        self._contract, task = environment.contract, environment.simulation.task
        require_a_tool_alone(self._contract, task)
        self._tolerances = float(task.position_tolerance_m), float(task.rotation_tolerance_rad)  # type: ignore[attr-defined]
        self._limit = round(task.time_limit_s * self._contract.rate_hz)
        self._hold = round(task.hold_s * self._contract.rate_hz) + 1  # looks, of which the first begins the time
        self._scenes = list[Array]()
        self._now = np.zeros((count, self._contract.observation_size))
        self._steps, self._held = np.zeros(count, int), np.zeros(count, int)

    def begin(self, numbers: Sequence[int]) -> Array:
        """See Episodes."""
        chosen = list(numbers)
        self._now[chosen] = [self._scene() for _ in chosen]
        self._steps[chosen] = self._held[chosen] = 0
        return self._now[chosen]

    def step(self, actions: Array) -> tuple[Array, Flags, Flags]:
        """See Episodes."""
        seen, done = self._contract.observation_slices, self._contract.action_slices
        rotation = matrix_from_rotation6(actions[:, done["tool_rotation"]])
        self._now[:, seen["tool_position"]] = actions[:, done["tool_position"]]
        self._now[:, seen["tool_rotation"]] = rotation[:, :, :2].transpose(0, 2, 1).reshape(len(rotation), 6)
        self._steps += 1
        self._held = np.where(self._at_goal(rotation), self._held + 1, 0)
        succeeded = self._held >= self._hold
        return self._now.copy(), succeeded | (self._steps >= self._limit), succeeded

    def close(self) -> None:
        """See Episodes."""
        self._environment.close()

    def _at_goal(self, rotation: Array) -> Flags:
        seen = self._contract.observation_slices
        distance_m = np.linalg.norm(self._now[:, seen["tool_position"]] - self._now[:, seen["goal_position"]], axis=1)
        goal = matrix_from_rotation6(self._now[:, seen["goal_rotation"]])
        cosine = ((rotation * goal).sum(axis=(1, 2)) - 1) / 2
        near, turned = self._tolerances
        return np.asarray((distance_m < near) & (cosine > np.cos(turned)))

    def _scene(self) -> Array:
        if len(self._scenes) < SCENES:
            observation, _ = self._environment.reset(seed=drawn(self._random))
            self._scenes.append(observation_vector(self._contract, observation))
            return self._scenes[-1]
        return self._scenes[self._random.integers(SCENES)]


def require_a_tool_alone(contract: Contract, task: object) -> None:
    """Raises ConfigError unless a task is to bring the tool to an observed goal, and nothing else can happen."""
    seen, done = set(contract.observation_slices), set(contract.action_slices)
    alone = done == {"tool_position", "tool_rotation"} and {*done, "goal_position", "goal_rotation"} <= seen
    judged = all(hasattr(task, key) for key in ("position_tolerance_m", "rotation_tolerance_rad"))
    wanted = "stand_in or kinematic: the task is more than to bring the tool to an observed goal"
    require(alone and judged and not hasattr(task, "failed"), "learner.world", "tool", wanted)


def drawn(random: np.random.Generator) -> int:
    """A seed for an episode."""
    return int(random.integers(LARGEST_SEED))
