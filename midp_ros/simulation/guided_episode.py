"""One episode in which a person leads the arm by hand, in process; imports core and kinematics."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.episode import GUIDED_AHEAD_STEPS
from midp_ros.core.gripper import BinaryGripper
from midp_ros.core.pose import Pose
from midp_ros.core.protocols import Recorder
from midp_ros.core.window import action_vector, observation_vector, observed_images
from midp_ros.simulation.episode_metrics import EpisodeMetrics, Rollout
from midp_ros.simulation.simulation import Simulation

PULL_S = 0.01  # between two pulls; a control step is a multiple of it
LINGER_S = 1.0  # a person holds the arm at the goal before the key is pressed: what is learned ends there


class Person(Protocol):
    """Leads the arm by its tool, and opens and closes the hand by a key."""

    def reset(self, seed: int) -> None:
        """Starts an episode."""

    def pull(self, observed: dict[str, Array], tool: Pose) -> tuple[Array, float]:
        """Force [N] and torque [Nm] (6,) on the tool, in the base's axes, and the gripper width [m]."""


def guided_episode(
    simulation: Simulation, person: Person, contract: Contract, seed: int, recorder: Recorder | None = None
) -> Rollout:
    """Runs one episode in mode GUIDING until the task is done, and LINGER_S longer where it succeeded.

    Nothing commands the arm, so that actions are derived: the action of a control step is the pose of the tool
    GUIDED_AHEAD_STEPS later, and the gripper width that was asked for one step later.

    Args:
        recorder: takes every control step's observation with the derived action.
    """
    metrics = EpisodeMetrics(simulation, contract, seed)
    person.reset(seed)
    simulation.robot.activate("none")
    simulation.robot.guide(True)
    gripper = BinaryGripper(simulation.gripper.target_m, simulation.profile.gripper_width_max_m)
    pulls = round(contract.step_s / PULL_S)
    steps: list[tuple[float, Array, dict[str, Picture]]] = []
    led: list[Array] = []
    width_m = simulation.gripper.target_m
    ends_s: float | None = None
    while True:
        values = simulation.observe()
        action = action_vector(
            contract,
            {
                "tool_position": values["tool_position"],
                "tool_rotation": values["tool_rotation"],
                "gripper_width": np.array([width_m]),
            },
        )
        if steps:
            metrics.issue(action)
            led.append(action)
        if metrics.over and ends_s is None:
            ends_s = simulation.time_s + (LINGER_S if simulation.status().success else 0.0)
        if ends_s is not None and (simulation.time_s >= ends_s or simulation.robot.reflexes):
            break
        images = observed_images(contract, simulation.pictures())
        steps.append((simulation.time_s, observation_vector(contract, values), images))
        metrics.step()
        for _ in range(pulls):
            tool = simulation.tool()
            wrench, width_m = person.pull(simulation.observe(tool), tool)
            simulation.robot.push(wrench)
            simulation.move_gripper(gripper.update(width_m))
            metrics.advance(contract.step_s / pulls)
    simulation.robot.push(None)
    if recorder:
        width = contract.action_slices.get("gripper_width", slice(0))
        for k, (time_s, observed, images) in enumerate(steps):
            ahead = led[min(k + GUIDED_AHEAD_STEPS - 1, len(led) - 1)].copy()
            ahead[width] = led[k][width]
            recorder.step(time_s, observed, ahead, *((images,) if images else ()))
    return metrics.rollout()
