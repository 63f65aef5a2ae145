"""Simulated loop: teleoperation through the policy's own loop, in simulated time; imports control and simulation.

As cli.evaluation.lock_step, but a step at a time, so that a caller can act as the person between two steps.
"""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.control import (
    CollisionCheck,
    Commands,
    CommandShaper,
    ObservationMonitor,
    PlausibilityCheck,
    PolicyRunner,
    Sample,
)
from midp_ros.control.loop.commands import Issued, Tracker
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.simulation import Simulation

MAX_OBSERVATION_AGE_S = 0.5
LEAD_S = 0.05


class SimulatedLoop:
    """One policy on one simulated arm; time stands still while anything is computed.

    Args:
        make_policy: from the clock and the commanded state at a time and measured positions to the policy.
        check: hold before motions that would touch the arm itself or the table.

    Attributes:
        holds: reasons for which the loop held the arm.
        commanded: joint positions (milliseconds, joints) of the last step [rad].
    """

    def __init__(
        self,
        simulation: Simulation,
        contract: Contract,
        make_policy: Callable[[Callable[[], float], Callable[[float, Array], tuple[Array, Array]]], Policy],
        make_tracker: Callable[[], Tracker],
        lead_s: float = LEAD_S,
        check: bool = True,
    ):
        self.simulation, self.contract, self.holds = simulation, contract, [""][:0]
        self.policy = make_policy(self._clock, self._commanded)
        limited = contract.with_known_limits()
        plausibility = PlausibilityCheck(limited, simulation.model, limited.table_height_m)
        clear = CollisionCheck(simulation.model, limited.table_height_m).require_clear
        self.runner = PolicyRunner(
            self.policy, make_tracker(), ObservationMonitor(contract, MAX_OBSERVATION_AGE_S, plausibility),
            self._clock, lambda job: job(), self._send, simulation.profile.gripper_width_max_m,
            CommandShaper(simulation.profile), lead_s, held=lambda measured_rad: simulation.arm.desired_rad,
            check=clear if check else (lambda motion: None),
        )  # fmt: skip
        self._time_s = simulation.time_s

    def begin(self, seed: int) -> None:
        """Starts the episode of a seed."""
        self.simulation.reset(seed)
        self.runner.reset(seed)
        self.holds.clear()

    def step(self) -> Issued | None:
        """One control step; returns the action that was in force during the step before."""
        time_s, values = self.simulation.time_s, self.simulation.observe()
        issued = self.runner.tick({e.name: Sample(time_s, values[e.name]) for e in self.contract.observation})
        if (reason := self.runner.status().reason) and (not self.holds or self.holds[-1] != reason):
            self.holds.append(reason)
        self.commanded = self.simulation.advance(self.contract.step_s)
        return issued

    def _clock(self) -> float:
        return self.simulation.time_s

    def _commanded(self, time_s: float, measured_rad: Array) -> tuple[Array, Array]:
        arm = self.simulation.arm
        return self.runner.sample(time_s) or (arm.desired_rad, 0.0 * arm.desired_rad)

    def _send(self, commands: Commands) -> None:
        if commands.trajectory is not None:
            self.simulation.follow(commands.trajectory)
        if commands.gripper_width_m is not None:
            self.simulation.move_gripper(commands.gripper_width_m)
            self.runner.gripper_finished()
