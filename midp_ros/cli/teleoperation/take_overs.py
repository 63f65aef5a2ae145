"""Take-overs at random moments, on the strict stand-in: what the commanded motion does.

Imports simulation and teleop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from midp_ros.cli.teleoperation.simulated_loop import SimulatedLoop
from midp_ros.control.chunks.chunk_hand_over import with_handover
from midp_ros.core.arrays import Array
from midp_ros.core.protocols import Policy
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput, Velocity
from midp_ros.teleop.operator_input import OperatorInput, OperatorSettings
from midp_ros.teleop.take_over import CORRECTION, TakeOver, take_over_contract
from midp_ros.teleop.teleoperation import Commanded, Teleoperation
from midp_ros.teleop.tracker import TeleopTracker

RATE_HZ = 100.0
BEFORE_S, DURING_S, AFTER_S = (0.1, 1.0), (0.15, 0.7), 0.3
NEAR_S = 0.3  # around a change of the driver, in which steps are looked for
MILLISECOND_S = 1e-3
MANY = 1_000_000


@dataclass
class TakeOverReport:
    """What came of the take-overs.

    Attributes:
        steps: for each take-over and each hand-over back, the largest change of a joint's commanded acceleration within
            a millisecond, as a share of the joint's limit (its jerk times a millisecond).
    """

    take_overs: int = 0
    hand_backs: int = 0
    reflexes: int = 0
    successes: int = 0
    episodes: int = 0
    steps: list[float] = field(default_factory=list)


class TakeOverSession:
    """One simulated arm, one learned policy, and a person who intervenes with a stick.

    Args:
        interventions: False leaves the policy alone.
    """

    def __init__(self, policy: Policy, seed: int = 0, interventions: bool = True):
        self.report, self._rng, self._intervenes = TakeOverReport(), np.random.default_rng(seed), interventions
        contract = take_over_contract(policy.contract, RATE_HZ)
        self._simulation = Simulation(policy.contract.skill, contract.robot, options=RobotOptions(reflexes=True))
        self._stick = QueuedDevice("stick")
        self._operator = OperatorInput(Arbiter([self._stick]), OperatorSettings(scale=1.0))
        model = self._simulation.model

        def make_policy(clock: Callable[[], float], commanded: Commanded) -> Policy:
            person = Teleoperation(contract, self._operator, model, clock, commanded)
            self._policy = TakeOver(with_handover(policy, "auto", lambda: 0), person)
            return self._policy

        self._loop = SimulatedLoop(self._simulation, contract, make_policy, lambda: TeleopTracker(model, contract))

    def run(self, seed: int, take_overs: int = MANY) -> bool:
        """One episode, with take-overs and hand-overs back at random moments; whether the task succeeded.

        Args:
            take_overs: after so many in all the episode ends early.
        """
        simulation, report = self._simulation, self.report
        self._loop.begin(seed)
        commanded: list[Array] = []
        while self._running and report.take_overs < take_overs:
            self._go(commanded, self._rng.uniform(*BEFORE_S) if self._intervenes else np.inf)
            if self._running:
                self._take_over(commanded)
        report.reflexes += len(simulation.robot.reflexes)
        report.episodes += 1
        report.successes += simulation.status().success
        return simulation.status().success

    @property
    def _running(self) -> bool:
        return not self._simulation.status().done and not self._simulation.robot.reflexes

    def _take_over(self, commanded: list[Array]) -> None:
        deflection = self._rng.normal(size=6)
        deflection[2] = abs(deflection[2])  # a person does not push the hand into the table
        deflection /= max(1.0, np.abs(deflection).max())
        began = len(commanded)
        self._go(commanded, self._rng.uniform(*DURING_S), deflection)
        self.report.take_overs += self._policy.driver == CORRECTION
        self._note(commanded, began)
        began = len(commanded)
        self._stick.put(DeviceInput(self._simulation.time_s, events=("hand_back",)))
        self._go(commanded, AFTER_S)
        self.report.hand_backs += self._policy.driver != CORRECTION
        self._note(commanded, began)

    def _go(self, commanded: list[Array], duration_s: float, deflection: Array | None = None) -> None:
        end_s, share = self._simulation.time_s + duration_s, np.zeros(6) if deflection is None else deflection
        while self._running and self._simulation.time_s < end_s:
            self._stick.put(DeviceInput(self._simulation.time_s, Velocity(share[:3], share[3:])))
            self._loop.step()
            commanded.append(self._loop.commanded)

    def _note(self, commanded: list[Array], began: int) -> None:
        """The largest step of the commanded acceleration around a change of the driver."""
        steps = round(NEAR_S * RATE_HZ)
        path_rad = np.concatenate(commanded[max(0, began - 1) : began + steps])
        jerk = np.abs(np.diff(path_rad, 3, axis=0)).max(axis=0) / MILLISECOND_S**3
        self.report.steps.append(float((jerk / self._simulation.profile.jerk_max_rad_s3).max()))
