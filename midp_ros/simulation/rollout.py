"""One episode in process: policy, tool tracking and simulation in lock step; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.gripper import BinaryGripper
from midp_ros.core.joint_trajectory import DesiredMotion, JointTrajectory
from midp_ros.core.protocols import Policy, Recorder
from midp_ros.core.window import ObservationWindow, observation_vector, observed_images
from midp_ros.kinematics import tracker_of
from midp_ros.simulation.episode_metrics import EpisodeMetrics, Rollout
from midp_ros.simulation.simulation import Simulation

State = tuple[Array, Array, Array]  # positions [rad], velocities [rad/s], accelerations [rad/s^2], each (joints,)
Shape = Callable[[DesiredMotion, float, State], JointTrajectory]  # from a desired motion, a time [s] and a state


class Disturbance(Protocol):
    """A disturbance of the commands, for demonstrations of recovery; recorded actions stay undisturbed (DART, Laskey et
    al. 2017)."""

    def reset(self, seed: int) -> None:
        """Starts an episode."""

    def apply(self, chunk: ActionChunk) -> ActionChunk:
        """The chunk that is executed instead."""


def rollout(
    simulation: Simulation,
    policy: Policy,
    seed: int,
    recorder: Recorder | None = None,
    disturbance: Disturbance | None = None,
    picture_every: int = 0,
    shape: Shape | None = None,
    keep_observations: bool = False,
    recorded: Contract | None = None,
) -> Rollout:
    """Runs one episode until the task is done.

    Args:
        recorder: takes every control step's observation and the action that the policy chose for it.
        disturbance: changes the executed actions, not the recorded ones.
        picture_every: control steps between two images; 0 renders none.
        shape: brings the commands within the arm's limits; without it the chunks are commanded as they are.
        keep_observations: for drawing the episode later.
        recorded: contract of what the recorder takes, with the policy's actions; by default the policy's.
    """
    contract, recorded = policy.contract, recorded or policy.contract
    metrics = EpisodeMetrics(simulation, contract, seed, picture_every, keep_observations)
    policy.reset(seed)
    if disturbance:
        disturbance.reset(seed)
    tracker, arm = tracker_of(simulation.model, contract), simulation.arm
    gripper = BinaryGripper(simulation.gripper.target_m, simulation.profile.gripper_width_max_m)
    width = contract.action_slices.get("gripper_width")
    window = ObservationWindow(contract)
    chunk: ActionChunk | None = None
    used = 0
    while not metrics.over:
        metrics.step()
        values: dict[str, Any] = {**simulation.observe(), **simulation.pictures()}
        window.push(simulation.time_s, values)
        if chunk is None or used >= min(policy.executed_steps, len(chunk)):
            chunk, used = policy.act(window), 0
            executed = disturbance.apply(chunk) if disturbance else chunk
            commanded = arm.desired_rad, arm.desired_rad_s, arm.desired_rad_s2
            motion = tracker.motion(executed, *commanded[:2])
            simulation.follow(shape(motion, simulation.time_s, commanded) if shape else motion.whole())
        if recorder:
            pictured = (observed_images(recorded, values),) if recorded.images else ()
            recorder.step(simulation.time_s, observation_vector(recorded, values), chunk.actions[used], *pictured)
        if width is not None:
            simulation.move_gripper(gripper.update(float(chunk.actions[used][width][0])))
        metrics.issue(chunk.actions[used])
        metrics.advance(contract.step_s)
        used += 1
    return metrics.rollout()
