"""Fuzzed devices: inputs as no person gives them, through teleoperation's loop onto the strict stand-in.

Imports simulation and teleop.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from midp_ros.cli.teleoperation.simulated_loop import SimulatedLoop
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, matrix_from_rotation_vector
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput, HandPose, LeaderJoints, Motion, Velocity
from midp_ros.teleop.operator_input import OperatorInput, OperatorSettings
from midp_ros.teleop.teleoperation import Commanded, Teleoperation, teleop_contract
from midp_ros.teleop.tool_reference import ToolLimits
from midp_ros.teleop.tracker import TeleopTracker

RATE_HZ = 100.0
PHASE_S = 0.4  # of one kind of input, on average
EPISODE_S = 30.0  # then the arm starts anew
EVENTS = ("faster", "slower", "tool_frame", "gripper_toggle", "gripper_open", "gripper_close")
# Four times as brisk as config/teleop.yaml: the shaper has to keep the limits, not the operator's bounds.
LIMITS = ToolLimits(1.0, 2.5, 8.0, 30.0, np.array([-1.0, -1.0, 0.02]), np.array([1.0, 1.0, 1.2]))
RATES_HZ = np.array([30.0, 1000.0, 1000.0, 2000.0])  # of a device's inputs: the loop reads 20 at once
KINDS = 12


@dataclass
class FuzzReport:
    """What a fuzzed session came to.

    Attributes:
        inputs: device inputs that were read.
        reflexes: of the strict stand-in, which judges every commanded millisecond.
        moved_rad: the way of the joint that moved furthest.
        holds: how often the loop held the arm, by reason up to its first colon.
    """

    inputs: int = 0
    simulated_s: float = 0.0
    reflexes: int = 0
    first_reflex: str = ""
    moved_rad: float = 0.0
    fastest_rad_s: float = 0.0
    holds: Counter[str] = field(default_factory=Counter)


class FuzzedDevice:
    """Writes inputs of one kind after the other into a queue: a mode of the device, with a rate of its own."""

    def __init__(self, device: QueuedDevice, rng: np.random.Generator, joints_rad: Callable[[], Array]):
        self.device, self._rng, self._joints_rad, self.inputs = device, rng, joints_rad, 0
        self._phase = self._new_phase()

    def act(self, time_s: float, duration_s: float) -> None:
        """Inputs of the next moment."""
        kind, rate_hz, base, held = next(self._phase)
        for _ in range(self._rng.poisson(rate_hz * duration_s)):
            self.device.put(self._input(kind, time_s, base, held))
            self.inputs += 1

    def _new_phase(self) -> Iterator[tuple[int, float, tuple[Array, Array], bool | None]]:
        """Kind and rate [Hz] of the inputs, their numbers, and the dead man's switch; for a while each."""
        rng = self._rng
        while True:
            kind, rate_hz = int(rng.integers(KINDS)), float(rng.choice(RATES_HZ))
            held = [None, True, True, False][rng.integers(4)]
            base = rng.normal(0, 1, 6), rng.uniform(0, 30, 6)
            for _ in range(1 + int(rng.exponential(PHASE_S) * RATE_HZ)):
                yield kind, rate_hz, base, held

    def _input(self, kind: int, time_s: float, base: tuple[Array, Array], held: bool | None) -> DeviceInput:
        rng = self._rng
        events = (str(rng.choice(EVENTS)),) if rng.random() < 0.005 else ()
        gripper = float(rng.choice([np.nan, -1.0, 0.0, 0.4, 1.0, 9.0])) if rng.random() < 0.005 else None
        if kind == 0:  # gone, and back
            return DeviceInput(time_s, gone="unplugged") if rng.random() < 0.5 else DeviceInput(time_s, held=False)
        return DeviceInput(time_s, self._motion(kind, time_s, *base), held, gripper, events)

    def _motion(self, kind: int, time_s: float, base: Array, rates: Array) -> Motion | None:
        rng = self._rng
        shares, in_tool = bool(rng.random() < 0.7), bool(rng.random() < 0.3)
        six = (
            *(np.zeros(6), base, np.sign(base), rng.normal(0, 2, 6), np.sin(rates * time_s)),
            *(np.where(base > 0, base, np.nan), np.where(base > 1, np.inf, 1e200 * base), 1e-3 * base),
        )
        if kind <= len(six):
            return Velocity(six[kind - 1][:3], six[kind - 1][3:], shares, in_tool)
        if kind in (9, 10):  # a hand that swings, and jumps; a place that may be anywhere
            swing = 0.3 * np.sin(0.2 * rates * time_s) + (rng.normal(0, 1, 6) if rng.random() < 0.02 else 0.0)
            pose = Pose(np.array([0.5, 0, 0.4]) + swing[:3], matrix_from_rotation_vector(swing[3:]))
            return HandPose(pose, absolute=kind == 10)
        joints = self._joints_rad() + 0.5 * np.sin(0.1 * rates[0] * time_s) * np.resize(base, 7)
        return LeaderJoints(joints if rng.random() < 0.98 else rng.normal(0, 3, 7))


class FuzzSession:
    """Two fuzzed devices at one simulated arm."""

    def __init__(self, seed: int):
        self.rng, self.report = np.random.default_rng(seed), FuzzReport()
        self._simulation = Simulation("reach", options=RobotOptions(reflexes=True))
        self._contract = teleop_contract(Contract.load("reach"), RATE_HZ, leader=True)
        self._seed, self._episode = 1000 * seed, 0

    def run(self, inputs: int) -> None:
        """One episode, or less where so many inputs have been given in all by then."""
        simulation, report = self._simulation, self.report
        devices = [QueuedDevice("one"), QueuedDevice("two", silence_is_release=True)]
        operator = OperatorInput(Arbiter(devices), OperatorSettings(LIMITS, scale=1.0))
        loop = self._loop(operator)
        loop.begin(self._seed + self._episode)
        self._episode += 1
        fuzzed = [FuzzedDevice(device, self.rng, lambda: simulation.arm.position_rad) for device in devices]
        given, start_rad = report.inputs, simulation.arm.position_rad.copy()
        while simulation.time_s < EPISODE_S and report.inputs < inputs and not simulation.robot.reflexes:
            for each in fuzzed:
                each.act(simulation.time_s, self._contract.step_s)
            loop.step()
            operator.events(), operator.news()
            report.inputs = given + sum(each.inputs for each in fuzzed)
            report.moved_rad = max(report.moved_rad, float(np.abs(simulation.arm.position_rad - start_rad).max()))
            report.fastest_rad_s = max(report.fastest_rad_s, float(np.abs(simulation.arm.desired_rad_s).max()))
        for violation in simulation.robot.reflexes[:1]:
            report.reflexes += 1
            report.first_reflex = report.first_reflex or f"episode {self._episode}, {simulation.time_s} s: {violation}"
        report.holds.update(reason.split(":")[0] for reason in loop.holds)
        report.simulated_s += simulation.time_s

    def _loop(self, operator: OperatorInput) -> SimulatedLoop:
        own, model = self._contract, self._simulation.model

        def make_policy(clock: Callable[[], float], commanded: Commanded) -> Teleoperation:
            return Teleoperation(own, operator, model, clock, commanded)

        return SimulatedLoop(self._simulation, own, make_policy, lambda: TeleopTracker(model, own))


def fuzz_devices(inputs: int, seed: int = 0, progress: Callable[[int], None] = lambda done: None) -> FuzzReport:
    """Runs sessions with two fuzzed devices until so many inputs were given."""
    session = FuzzSession(seed)
    while session.report.inputs < inputs:
        session.run(inputs)
        progress(session.report.inputs)
    return session.report
