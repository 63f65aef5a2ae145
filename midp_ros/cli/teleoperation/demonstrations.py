"""Teleoperated demonstrations by a scripted person, in process: for measurements, and to try a pipeline without people.

Imports simulation, teleop and recording.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from midp_ros.cli.teleoperation.scripted_person import ScriptedPerson
from midp_ros.cli.teleoperation.simulated_loop import SimulatedLoop
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, matrix_from_rotation6
from midp_ros.core.protocols import Recorder
from midp_ros.core.window import observation_vector
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput
from midp_ros.teleop.operator_input import OperatorInput, OperatorSettings
from midp_ros.teleop.teleoperation import Teleoperation, teleop_contract
from midp_ros.teleop.tracker import TeleopTracker

RATE_HZ, DEVICE_RATE_HZ = 100.0, 50.0
SEEN_LATE_S = 0.2  # of rest before the person begins


@dataclass
class ScriptedSession:
    """A simulated arm, a stick and a person whose goal is the task's: `goal_position`, `goal_rotation`."""

    task: str
    robot: str = ""

    def __post_init__(self) -> None:
        self.contract = Contract.load(self.task)
        self.simulation = Simulation(self.task, self.robot or self.contract.robot, options=RobotOptions(reflexes=True))
        own = teleop_contract(self.contract, RATE_HZ)
        self.device = QueuedDevice("scripted stick")
        self.operator = OperatorInput(Arbiter([self.device]), OperatorSettings(scale=1.0))
        simulation = self.simulation
        self.loop = SimulatedLoop(
            simulation, own,
            lambda clock, commanded: Teleoperation(own, self.operator, simulation.model, clock, commanded),
            lambda: TeleopTracker(simulation.model, own),
        )  # fmt: skip

    @property
    def info(self) -> dict[str, Any]:
        """Of every episode, beside its seed."""
        profile = self.simulation.profile
        return {"task": self.task, "robot": profile.name, "source": "teleop", "devices": [self.device.name],
                "operator": "scripted"}  # fmt: skip

    def run(self, seed: int, recorder: Recorder, keep_failed: bool = False) -> bool:
        """Drives the episode of a seed, and records it under the task's contract; returns whether it succeeded.

        An action is the target in force at the end of its control step.
        """
        self.loop.begin(seed)
        limits = self.operator.settings.limits
        person = ScriptedPerson(seed, limits.linear_m_s, limits.angular_rad_s, 1.0 / DEVICE_RATE_HZ)
        steps, looks = round(RATE_HZ / self.contract.rate_hz), round(RATE_HZ / DEVICE_RATE_HZ)
        recorder.start(self.contract, {**self.info, "seed": seed})
        act, simulation, number = self._person(person), self.simulation, 0
        before: tuple[float, Any] | None = None
        while not simulation.status().done and not simulation.robot.reflexes:
            if number % looks == 0:
                act(number / RATE_HZ)
            time_s = simulation.time_s
            observed = observation_vector(self.contract, simulation.observe()) if number % steps == 0 else None
            issued = self.loop.step()
            if observed is not None:
                if before is not None and issued is not None:
                    recorder.step(*before, issued.action[: self.contract.action_size])
                before = time_s, observed
            number += 1
        success = simulation.status().success
        if success or keep_failed:
            recorder.finish({"success": success, "duration_s": simulation.time_s})
        else:
            recorder.discard()
        return success

    def _person(self, person: ScriptedPerson) -> Callable[[float], None]:
        def act(time_s: float) -> None:
            values = self.simulation.observe()
            goal = Pose(values["goal_position"], matrix_from_rotation6(values["goal_rotation"]))
            tool = self.simulation.tool()
            velocity = person.look(tool, goal if time_s > SEEN_LATE_S else tool)
            self.device.put(DeviceInput(self.simulation.time_s, velocity, held=True))

        return act
