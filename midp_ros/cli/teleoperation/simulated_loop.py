"""Simulated loop: teleoperation through the policy's own loop, in simulated time.

As cli.evaluation.lock_step, but a step at a time, so that a caller can act as the person between two steps.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.cli.evaluation.lock_step import samples
from midp_ros.cli.evaluation.simulated_runner import advance_guarded, simulated_runner
from midp_ros.control.loop.commands import Issued, Tracker
from midp_ros.control.loop.runner import LEAD_S
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.simulation import Simulation
from midp_ros.teleop.driver_check import check_of_driver


class SimulatedLoop:
    """One policy on one simulated arm; time stands still while anything is computed.

    Args:
        make_policy: from the clock and the commanded state at a time and measured positions to the policy.

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
    ):
        self.simulation, self.contract = simulation, contract
        self.holds: list[str] = []
        self.policy = make_policy(self._clock, self._commanded)
        self.runner = simulated_runner(
            simulation, self.policy, make_tracker(), lambda job: job(), lead_s=lead_s, make_check=check_of_driver
        )

    def begin(self, seed: int) -> None:
        """Starts the episode of a seed."""
        self.simulation.reset(seed)
        self.runner.reset(seed)
        self.holds.clear()

    def step(self) -> Issued | None:
        """One control step; returns the action that was in force during the step before."""
        issued = self.runner.tick(samples(self.simulation, self.contract))
        if (reason := self.runner.status().reason) and (not self.holds or self.holds[-1] != reason):
            self.holds.append(reason)
        commanded: list[Array] = []
        advance_guarded(
            self.simulation, self.runner, self.contract.step_s, lambda s: commanded.append(self.simulation.advance(s))
        )
        self.commanded = np.concatenate(commanded)
        return issued

    def _clock(self) -> float:
        return self.simulation.time_s

    def _commanded(self, time_s: float, measured_rad: Array) -> tuple[Array, Array]:
        arm = self.simulation.arm
        return self.runner.sample(time_s) or (arm.desired_rad, 0.0 * arm.desired_rad)
