"""The motion to the start pose, on a robot that judges every commanded millisecond."""

import time

import numpy as np
import pytest
import rclpy

from midp_ros.control import CollisionError
from midp_ros.core.contract import Contract
from midp_ros.core.package_files import package_path
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands import command_output
from midp_ros.nodes.deployment.start_mover import StartMover
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.ros.parameters import declare
from midp_ros.nodes.ros.robot_names import NAMES
from midp_ros.nodes.safety.robot_watch import RobotWatch

PROFILE = RobotProfile.load("fr3")


def refuse(motion):
    raise CollisionError("planned motion would bring the fingers into the table: -3 cm")


def test_it_begins_where_the_robot_says_that_it_holds_the_arm(graph, stand_in):
    robot = stand_in(interface="position", seed=3)
    node = graph.add(rclpy.create_node("mover"))
    declare(node, (*command_output.PARAMETERS, *NAMES))
    contract = Contract.load(package_path("config", "contracts", "reach.yaml"))
    source = ObservationSource(node, contract, PROFILE, time.time)
    mover = StartMover(node, PROFILE, source, RobotWatch(node, time.time), time.time)
    assert graph.spin_until(lambda: mover.position_rad() is not None)
    mover._check = refuse
    before_rad = mover.position_rad()
    with pytest.raises(CollisionError, match="into the table"):
        for _ in mover.move(before_rad + 0.2, 0.2):
            graph.spin_for(0.05)
    np.testing.assert_allclose(mover.position_rad(), before_rad, atol=1e-3)
    mover.close()
    mover._check = lambda motion: None
    goal_rad = mover.position_rad() + [0.1, 0.0, 0.0, 0.1, 0.0, 0.0, 0.1]
    for _ in mover.move(goal_rad, 0.2):
        graph.spin_for(0.05)
    mover.close()
    np.testing.assert_allclose(mover.position_rad(), goal_rad, atol=0.03)
    assert not robot.node._simulation.robot.reflexes
