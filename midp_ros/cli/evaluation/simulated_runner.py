"""The loop of the policy's node on a simulated arm, in simulated time; imports control and simulation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from midp_ros.control import (
    CollisionCheck,
    Commands,
    CommandShaper,
    ContactGuard,
    ExternalForces,
    ObservationMonitor,
    PlausibilityCheck,
    PolicyRunner,
)
from midp_ros.control.loop.commands import Tracker
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.control.loop.runner import LEAD_S
from midp_ros.control.supervision.contact_guard import FEEL_S
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import SAME_TIME_S, JointTrajectory
from midp_ros.core.protocols import Policy
from midp_ros.kinematics import RobotProfile
from midp_ros.simulation import EpisodeSimulation

MAX_OBSERVATION_AGE_S = 0.5
# From the policy, and from what least distances are larger by [m] to a check, to the loop's check.
MakeCheck = Callable[[Policy, Callable[[float], MotionCheck]], MotionCheck]


class SimulatedArm(EpisodeSimulation, Protocol):
    """A simulation whose arm and hand take commands; members as Simulation's."""

    profile: RobotProfile

    @property
    def time_s(self) -> float: ...
    @property
    def desired_rad(self) -> Array: ...
    def external(self) -> tuple[Array, Array]: ...
    def follow(self, trajectory: JointTrajectory) -> None: ...
    def move_gripper(self, width_m: float) -> None: ...


def simulated_runner(
    simulation: SimulatedArm,
    policy: Policy,
    tracker: Tracker,
    submit: Callable[[Callable[[], None]], object],
    handover: str = "auto",
    lead_s: float = LEAD_S,
    make_check: MakeCheck | None = None,
) -> PolicyRunner:
    """The runner; time stands still while anything is computed.

    Args:
        submit: takes an inference, to be run now or later.
        handover: one of `control.HANDOVERS`.
        make_check: what holds before motions that would touch the arm itself or the table; by default as for a learned
            policy.
    """

    def send(commands: Commands) -> None:
        if commands.trajectory is not None:
            simulation.follow(commands.trajectory)
        if commands.gripper_width_m is not None:
            simulation.move_gripper(commands.gripper_width_m)
            runner.gripper_finished()  # the simulation by itself lets the hand finish a command before the next

    limited = policy.contract.with_known_limits()
    plausibility = PlausibilityCheck(limited, simulation.model, limited.table_height_m)

    def clear(further_m: float = 0.0) -> MotionCheck:
        return CollisionCheck(simulation.model, limited.table_height_m, further_m).require_clear

    monitor = ObservationMonitor(policy.contract, MAX_OBSERVATION_AGE_S, plausibility, getattr(policy, "needed", None))
    runner = PolicyRunner(
        policy, tracker, monitor,
        lambda: simulation.time_s, submit, send, simulation.profile.gripper_width_max_m,
        CommandShaper(simulation.profile), lead_s, held=lambda measured_rad: simulation.desired_rad,
        handover=handover, check=clear() if make_check is None else make_check(policy, clear),
        guard=ContactGuard(simulation.profile),
    )  # fmt: skip
    return runner


def advance_guarded(
    simulation: SimulatedArm, runner: PolicyRunner, duration_s: float, advance: Callable[[float], None]
) -> None:
    """Advances time, and lets the runner feel the external forces meanwhile, as the policy's node does."""
    end_s = simulation.time_s + duration_s
    while (time_s := simulation.time_s) < end_s - SAME_TIME_S:
        advance(min(FEEL_S, end_s - time_s))
        if simulation.time_s == time_s:  # libfranka's motion has ended, and with it time
            return
        if simulation.reflexes:  # the robot stops by itself, and no controller takes a trajectory
            advance(end_s - simulation.time_s)
            return
        runner.feel(ExternalForces(simulation.time_s, *simulation.external()))
