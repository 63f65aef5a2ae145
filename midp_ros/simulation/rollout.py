"""One episode in process: policy, tool tracking and simulation in lock step; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.gripper import BinaryGripper
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.protocols import Policy, Recorder
from midp_ros.core.window import ObservationWindow, observation_vector
from midp_ros.kinematics import ToolTracker
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.simulation import Simulation

Array = NDArray[np.float64]


State = tuple[Array, Array, Array]  # positions [rad], velocities [rad/s], accelerations [rad/s^2], each (7,)
Shape = Callable[[JointTrajectory, float, State], JointTrajectory]  # from a desired motion, a time [s] and a state


class Disturbance(Protocol):
    """Shakes what the arm is told, for demonstrations of recovery; labels stay clean (DART, Laskey et al. 2017)."""

    def reset(self, seed: int) -> None:
        """Starts an episode."""

    def apply(self, chunk: ActionChunk) -> ActionChunk:
        """The chunk that is executed instead."""


@dataclass(frozen=True)
class Rollout:
    """What came of an episode; a reflex ends it. `desired_rad` holds the commanded joint positions at 1 kHz."""

    seed: int
    success: bool
    duration_s: float
    position_error_m: float
    rotation_error_rad: float
    path_length_m: float
    desired_rad: Array  # (samples, joints)
    frames: list[NDArray[np.uint8]] = field(default_factory=list)
    reflexes: tuple[Violation, ...] = ()

    @property
    def mean_squared_jerk(self) -> float:
        """Mean over time and joints of the squared jerk of the commanded positions [rad^2/s^6], at 1 kHz."""
        rate_hz = PHYSICS_RATE_HZ
        jerk = np.diff(self.desired_rad, 3, axis=0) * rate_hz**3
        return float(np.mean(jerk**2)) if len(jerk) else 0.0


def rollout(
    simulation: Simulation,
    policy: Policy,
    seed: int,
    recorder: Recorder | None = None,
    disturbance: Disturbance | None = None,
    picture_every: int = 0,
    shape: Shape | None = None,
) -> Rollout:
    """Runs one episode until the task is done.

    Args:
        recorder: takes every control step's observation and the action that the policy chose for it.
        disturbance: shakes what is executed, not what is recorded.
        picture_every: takes a picture every so many control steps; 0 takes none.
        shape: keeps what the arm is told within its limits; without it the chunks are commanded as they are.
    """
    contract = policy.contract
    simulation.reset(seed)
    policy.reset(seed)
    if disturbance:
        disturbance.reset(seed)
    tracker, arm = ToolTracker(simulation.model, contract), simulation.arm
    gripper = BinaryGripper(simulation.gripper.target_m, simulation.profile.gripper_width_max_m)
    width = contract.action_slices.get("gripper_width")
    window = ObservationWindow(contract)
    desired, path, frames = [], [simulation.tool().position_m], []
    chunk: ActionChunk | None = None
    used = step = 0
    while not (simulation.status().done or simulation.robot.reflexes):
        values = simulation.observe()
        window.push(simulation.time_s, observation_vector(contract, values))
        if chunk is None or used >= min(policy.executed_steps, len(chunk)):
            chunk, used = policy.act(window), 0
            executed = disturbance.apply(chunk) if disturbance else chunk
            commanded = arm.desired_rad, arm.desired_rad_s, arm.desired_rad_s2
            trajectory = tracker.trajectory(executed, *commanded[:2])
            simulation.follow(shape(trajectory, simulation.time_s, commanded) if shape else trajectory)
        if recorder:
            recorder.step(simulation.time_s, window.array()[-1], chunk.actions[used])
        if width is not None:
            simulation.move_gripper(gripper.update(float(chunk.actions[used][width][0])))
        if picture_every and step % picture_every == 0:
            frames.append(simulation.engine.render())
        desired.append(simulation.advance(contract.step_s))
        path.append(simulation.tool().position_m)
        used, step = used + 1, step + 1
    status = simulation.status()
    length = float(np.linalg.norm(np.diff(path, axis=0), axis=1).sum())
    return Rollout(
        seed, status.success, status.elapsed_s, status.position_error_m, status.rotation_error_rad, length,
        np.concatenate(desired), frames, tuple(simulation.robot.reflexes),
    )  # fmt: skip
