"""Teleoperated demonstrations by a scripted person with a stick, in process: `midp record --by teleop`.

Imports simulation, teleop, expert and recording.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from midp_ros.cli.teleoperation.scripted_person import ScriptedPerson
from midp_ros.cli.teleoperation.simulated_loop import SimulatedLoop
from midp_ros.core.arrays import Picture
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Recorder
from midp_ros.core.window import observation_vector, observed_images
from midp_ros.expert.scripted import Rule, begin
from midp_ros.simulation import Rollout, Simulation
from midp_ros.simulation.episode_metrics import EpisodeMetrics
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput
from midp_ros.teleop.operator_input import OperatorInput, OperatorSettings
from midp_ros.teleop.teleoperation import Teleoperation, teleop_contract
from midp_ros.teleop.tracker import TeleopTracker

RATE_HZ, DEVICE_RATE_HZ = 100.0, 50.0
SEEN_LATE_S = 0.2  # of rest before the person begins
STICK = "scripted stick"


class ScriptedSession:
    """A simulated arm, a stick, and a person who goes by the task's rule.

    Args:
        contract: of what is recorded.
        rule: where the tool shall go, and the gripper's width: asked at every look, as a person looks all the time.
    """

    def __init__(self, simulation: Simulation, contract: Contract, rule: Rule):
        self._simulation, self._contract, self._rule = simulation, contract, rule
        own = teleop_contract(contract, RATE_HZ)
        self._device = QueuedDevice(STICK)
        self._operator = OperatorInput(Arbiter([self._device]), OperatorSettings(scale=1.0))
        self._loop = SimulatedLoop(
            simulation, own,
            lambda clock, commanded: Teleoperation(own, self._operator, simulation.model, clock, commanded),
            lambda: TeleopTracker(simulation.model, own),
        )  # fmt: skip

    def run(self, seed: int, recorder: Recorder | None = None) -> Rollout:
        """Drives the episode of a seed.

        Args:
            recorder: takes every control step's observation, with the target that is in force at the step's end.
        """
        simulation, contract = self._simulation, self._contract
        metrics = EpisodeMetrics(simulation, contract, seed)
        self._loop.begin(seed)
        begin(self._rule, seed)
        limits = self._operator.settings.limits
        act = self._acting(ScriptedPerson(seed, limits.linear_m_s, limits.angular_rad_s, 1.0 / DEVICE_RATE_HZ))
        steps, looks, number = round(RATE_HZ / contract.rate_hz), round(RATE_HZ / DEVICE_RATE_HZ), 0
        before: tuple[float, Any, dict[str, Picture]] | None = None
        while not metrics.over:
            if number % looks == 0:
                act()
            time_s, begins = simulation.time_s, number % steps == 0
            if begins:
                observed = observation_vector(contract, simulation.observe())
                images = observed_images(contract, simulation.pictures())
                metrics.step()
            issued = self._loop.step()
            metrics.advanced(self._loop.commanded)
            if begins:
                if before is not None and issued is not None:
                    action = issued.action[: contract.action_size]
                    metrics.issue(action)
                    if recorder:
                        recorder.step(*before[:2], action, before[2])
                before = time_s, observed, images
            number += 1
        return metrics.rollout()

    def _acting(self, person: ScriptedPerson) -> Callable[[], None]:
        """What the person does at a look."""
        simulation, open_m = self._simulation, self._simulation.profile.gripper_width_max_m
        grips, asked = "gripper_width" in self._contract.action_slices, -1.0

        def act() -> None:
            nonlocal asked
            tool = simulation.tool()
            goal, width_m = self._rule.goal(simulation.observe(tool), tool)
            velocity = person.look(tool, goal if simulation.time_s > SEEN_LATE_S else tool)
            share = min(1.0, max(0.0, width_m / open_m))
            gripper, asked = (share if grips and share != asked else None), share
            self._device.put(DeviceInput(simulation.time_s, velocity, held=True, gripper=gripper))

        return act
