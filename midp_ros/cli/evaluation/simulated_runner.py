"""The loop of the policy's node on a simulated arm, in simulated time; imports control and simulation."""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.control import (
    CollisionCheck,
    Commands,
    CommandShaper,
    ObservationMonitor,
    PlausibilityCheck,
    PolicyRunner,
)
from midp_ros.control.loop.commands import Tracker
from midp_ros.control.loop.runner import LEAD_S
from midp_ros.core.protocols import Policy
from midp_ros.simulation import Simulation

MAX_OBSERVATION_AGE_S = 0.5


def simulated_runner(
    simulation: Simulation,
    policy: Policy,
    tracker: Tracker,
    submit: Callable[[Callable[[], None]], object],
    handover: str = "auto",
    lead_s: float = LEAD_S,
    check: bool = True,
) -> PolicyRunner:
    """The runner; time stands still while anything is computed.

    Args:
        submit: takes an inference, to be run now or later.
        handover: one of `control.HANDOVERS`.
        check: hold before motions that would touch the arm itself or the table.
    """

    def send(commands: Commands) -> None:
        if commands.trajectory is not None:
            simulation.follow(commands.trajectory)
        if commands.gripper_width_m is not None:
            simulation.move_gripper(commands.gripper_width_m)
            runner.gripper_finished()  # the simulation by itself lets the hand finish a command before the next

    limited = policy.contract.with_known_limits()
    plausibility = PlausibilityCheck(limited, simulation.model, limited.table_height_m)
    clear = CollisionCheck(simulation.model, limited.table_height_m).require_clear
    runner = PolicyRunner(
        policy, tracker, ObservationMonitor(policy.contract, MAX_OBSERVATION_AGE_S, plausibility),
        lambda: simulation.time_s, submit, send, simulation.profile.gripper_width_max_m,
        CommandShaper(simulation.profile), lead_s, held=lambda measured_rad: simulation.arm.desired_rad,
        handover=handover, check=clear if check else (lambda motion: None),
    )  # fmt: skip
    return runner
