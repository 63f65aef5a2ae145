"""An episode as an environment with gymnasium's signatures; a gymnasium.Env where gymnasium is installed.

Imports core and kinematics.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import CommandError
from midp_ros.core.gripper import BinaryGripper
from midp_ros.kinematics import tracker_of
from midp_ros.simulation.camera.camera import contract_cameras
from midp_ros.simulation.kinematic_simulation import KinematicSimulation
from midp_ros.simulation.simulation import Simulation
from midp_ros.simulation.tasks import Task

if TYPE_CHECKING:
    Environment = object
else:
    try:
        from gymnasium import Env as Environment
    except ImportError:
        Environment = object

Observation = dict[str, Any]
LARGEST_SEED = 2**31 - 1


class TaskEnvironment(Environment):
    """One task, one control step at a time: what its contract observes, and actions in the contract's units.

    The reward is 1 for the step in which the task has succeeded, which ends the episode, and 0 otherwise. A failure
    that rules out success, as a touch in `avoid`, ends it, too; the task's time limit truncates it. The same seed and
    actions give the same episode.

    Args:
        task: a name, here or of another package, or a Task.
        contract: a name, a YAML file or a Contract; by default the task's.
        robot: a profile's name or YAML file; by default the contract's.
        visuals: load the meshes, for `render`.
        kinematic: without physics, several times as fast, for the training of tasks that move nothing but the arm.
    """

    metadata: dict[str, Any] = {"render_modes": ["rgb_array"]}
    render_mode = "rgb_array"

    def __init__(
        self,
        task: str | Task,
        contract: str | Path | Contract = "",
        robot: str = "",
        visuals: bool = False,
        kinematic: bool = False,
    ):
        name = task if isinstance(task, str) else task.name
        self.contract = contract if isinstance(contract, Contract) else Contract.load(contract or name)
        cameras = contract_cameras(self.contract)
        make = KinematicSimulation if kinematic else Simulation
        self.simulation = make(task, robot or self.contract.robot, visuals, cameras=cameras)
        self.metadata = {**self.metadata, "render_fps": self.contract.rate_hz}
        self._tracker = tracker_of(self.simulation.model, self.contract)
        self._seeds = np.random.default_rng()
        self.reset()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Observation, dict]:
        """Starts the episode of a seed; without one, of the next of a random sequence. `options` has no meaning.

        Returns:
            observation: values by entry of the contract, each (size,), and its images, each (height, width, 3) uint8.
            info: seed, time_s, is_success, position_error_m, rotation_error_rad (of `Task.tool_error`), reflexes.
        """
        if Environment is not object:
            super().reset(seed=seed)  # type: ignore[misc]  # gymnasium's own random numbers, for its wrappers
        if seed is not None:
            self._seeds = np.random.default_rng(seed)
        self._seed = int(self._seeds.integers(LARGEST_SEED)) if seed is None else seed
        simulation = self.simulation
        simulation.reset(self._seed)
        self._gripper = BinaryGripper(simulation.gripper.target_m, simulation.profile.gripper_width_max_m)
        return self._observe(), self._info()

    def step(self, action: ArrayLike) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Lets the arm reach an action (action_size,) within one control step.

        Returns:
            observation, reward, terminated, truncated, info; the first and the last as `reset`.

        Raises:
            CommandError: the action has another size, or is not finite.
        """
        values = np.asarray(action, float)
        if values.shape != (self.contract.action_size,) or not np.isfinite(values).all():
            raise CommandError(f"an action is {self.contract.action_size} finite numbers, got {values.tolist()}")
        simulation, arm = self.simulation, self.simulation.arm
        chunk = ActionChunk(values[None], simulation.time_s, self.contract.step_s)
        simulation.follow(self._tracker.trajectory(chunk, arm.desired_rad, arm.desired_rad_s))
        if (place := self.contract.action_slices.get("gripper_width")) is not None:
            simulation.move_gripper(self._gripper.update(float(values[place][0])))
        simulation.advance(self.contract.step_s)
        status = simulation.status()
        terminated = status.success or simulation.failed
        return self._observe(), float(status.success), terminated, status.done and not terminated, self._info()

    def render(self) -> NDArray[np.uint8]:
        """A picture of the scene (height, width, 3)."""
        return self.simulation.engine.render()

    def close(self) -> None:
        """Ends the physics."""
        self.simulation.engine.client.disconnect()

    @property
    def action_space(self) -> Any:
        """gymnasium's, which has to be installed; the units are the contract's."""
        return _box(self.contract.action_size)

    @property
    def observation_space(self) -> Any:
        """gymnasium's, which has to be installed."""
        from gymnasium.spaces import Dict

        vectors = {entry.name: _box(entry.size) for entry in self.contract.observation}
        return Dict({**vectors, **{image.name: _pixels(image.shape) for image in self.contract.images}})

    def _observe(self) -> Observation:
        values = self.simulation.observe()
        vectors = {entry.name: np.array(values[entry.name], float) for entry in self.contract.observation}
        return {**vectors, **self.simulation.pictures()}

    def _info(self) -> dict[str, Any]:
        status = self.simulation.status()
        return {
            "seed": self._seed,
            "time_s": status.elapsed_s,
            "is_success": status.success,
            "position_error_m": status.position_error_m,
            "rotation_error_rad": status.rotation_error_rad,
            "reflexes": [violation.reason for violation in self.simulation.reflexes],
        }


def make_env(
    task: str | Task,
    contract: str | Path | Contract = "",
    robot: str = "",
    visuals: bool = False,
    kinematic: bool = False,
) -> TaskEnvironment:
    """The environment of a task; arguments and errors as TaskEnvironment's."""
    return TaskEnvironment(task, contract, robot, visuals, kinematic)


def _box(size: int) -> Any:
    from gymnasium.spaces import Box

    return Box(-np.inf, np.inf, (size,), np.float64)


def _pixels(shape: tuple[int, ...]) -> Any:
    from gymnasium.spaces import Box

    return Box(0, 255, shape, np.uint8)
