"""A fast tool above the table, where the person's reach is misjudged: the loop's check alone keeps it from a touch."""

import numpy as np
import pytest

pytest.importorskip("pybullet")
from midp_ros.cli.teleoperation.device_fuzz import RATE_HZ
from midp_ros.cli.teleoperation.simulated_loop import SimulatedLoop
from midp_ros.core.contract import Contract
from midp_ros.kinematics.clearance import FINGERS, Clearance
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput, Velocity
from midp_ros.teleop.operator_input import OperatorInput, OperatorSettings
from midp_ros.teleop.reach import Reach
from midp_ros.teleop.teleoperation import Teleoperation, teleop_contract
from midp_ros.teleop.tool_reference import ToolLimits
from midp_ros.teleop.tracker import TeleopTracker

BRISK = ToolLimits(1.0, 2.5, 8.0, 30.0)  # no box


def test_the_loops_check_alone_ends_a_persons_motion_above_the_table(monkeypatch):
    monkeypatch.setattr(Reach, "reaches", lambda *arguments: True)
    simulation = Simulation("reach", options=RobotOptions(reflexes=True))
    contract, stick = teleop_contract(Contract.load("reach"), RATE_HZ), QueuedDevice("stick")
    operator = OperatorInput(Arbiter([stick]), OperatorSettings(BRISK, scale=1.0))
    loop = SimulatedLoop(
        simulation,
        contract,
        lambda clock, commanded: Teleoperation(contract, operator, simulation.model, clock, commanded),
        lambda: TeleopTracker(simulation.model, contract),
    )
    loop.begin(1)
    clearance, lowest_m, down = Clearance(simulation.model, 0.0), 1.0, np.array([0.0, 0.0, -0.8])
    for step in range(100):
        stick.put(DeviceInput(simulation.time_s, Velocity(down if step > 5 else np.zeros(3), np.zeros(3))))
        loop.step()
        for joints_rad in loop.commanded[::5]:
            gap = next(g for g in clearance.gaps(joints_rad) if g.first == FINGERS)
            lowest_m = min(lowest_m, gap.distance_m)
    assert not simulation.robot.reflexes
    assert 0.0025 < lowest_m < 0.05, "it did come close"
    assert any("fingers into the table" in reason for reason in loop.holds)
