"""The motion to the start pose, on a robot that judges every commanded millisecond."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import rclpy

from midp_ros.control import CollisionError
from midp_ros.control.loop.controller_state import ControllerState
from midp_ros.control.loop.delivery import LONGEST_DELAY_S, Delivery
from midp_ros.core.contract import Contract
from midp_ros.core.errors import CommandError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.package_files import package_path
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands import command_output
from midp_ros.nodes.deployment import start_mover
from midp_ros.nodes.deployment.start_mover import StartMover
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.ros.parameters import declare
from midp_ros.nodes.ros.robot_names import NAMES
from midp_ros.nodes.safety.robot_watch import RobotWatch

PROFILE = RobotProfile.load("fr3")


def refuse(motion):
    raise CollisionError("planned motion would bring the fingers into the table: -3 cm")


@pytest.fixture
def built(graph, stand_in):
    """The stand-in, and a mover that has received its joints."""
    robot = stand_in(interface="position", seed=3)
    node = graph.add(rclpy.create_node("mover"))
    declare(node, (*command_output.PARAMETERS, *NAMES))
    contract = Contract.load(package_path("config", "contracts", "reach.yaml"))
    source = ObservationSource(node, contract, PROFILE, time.time)
    mover = StartMover(node, PROFILE, source, RobotWatch(node, time.time), time.time)
    assert graph.spin_until(lambda: mover.position_rad() is not None)
    return robot, mover


def test_it_begins_where_the_robot_says_that_it_holds_the_arm(graph, built):
    robot, mover = built
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


def test_a_person_in_the_way_stops_it_before_the_robot_s_own_reflex_does(graph, built):
    robot, mover = built
    goal_rad = mover.position_rad() + [0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    pushed_n = 19.0
    with pytest.raises(CommandError, match="on the way to the start pose the arm presses against something: "):
        for _ in mover.move(goal_rad, 0.1):
            moves = np.abs(robot.node._simulation.arm.velocity_rad_s).max() > 0.05
            felt = mover._watch.external()
            # A busy machine feels late: the person presses harder when the last push has been felt.
            if moves and felt is not None and (pushed_n == 19.0 or abs(felt.wrench[1]) > pushed_n - 1.0):
                pushed_n += 1.0
                robot.push(0.0, -pushed_n, 0.0)  # joint 1 turns the hand to +y
            graph.spin_for(0.05)
    mover.close()
    robot.push()
    assert graph.spin_until(lambda: np.abs(robot.node._simulation.arm.velocity_rad_s).max() < 0.01)
    assert not robot.node._simulation.robot.reflexes and mover.position_rad()[0] < goal_rad[0] - 0.1


def test_while_the_fate_of_a_motion_is_open_no_second_one_is_sent(monkeypatch):
    """The controller's state stops coming, and the joints' states do not: what was sent may come through later."""
    now_s, sent, states = [100.0], [], [ControllerState(100.0, 90.0, PROFILE.ready_rad)]
    monkeypatch.setattr(start_mover, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    mover = StartMover(SimpleNamespace(), PROFILE, None, None, lambda: now_s[0])
    mover._delivery, mover.look = Delivery(lambda: [states.pop()] if states else [], "safe"), lambda when: None
    output = SimpleNamespace(send=sent.append)
    still = np.zeros((2, 7))
    way = JointTrajectory(np.array([0.0, 1.0]), np.stack([PROFILE.ready_rad, PROFILE.ready_rad + 0.1]), still, still)
    with pytest.raises(CommandError, match="state has stopped coming"):
        for _ in mover._started(output, way):
            now_s[0] += 0.05
    assert len(sent) == 1


def test_a_lost_motion_is_sent_again_when_it_can_arrive_no_more_and_a_late_one_counts_from_its_start():
    now_s, begun_s, sent = [100.0], [90.0], []
    delivery = Delivery(lambda: [ControllerState(now_s[0], begun_s[0], PROFILE.ready_rad)], "safe")
    output = SimpleNamespace(send=lambda commands: sent.append((now_s[0], commands)))
    mover = StartMover(SimpleNamespace(), PROFILE, None, None, lambda: now_s[0])
    mover._delivery, mover.look = delivery, lambda when: None
    still = np.zeros((2, 7))
    way = JointTrajectory(np.array([0.0, 1.0]), np.stack([PROFILE.ready_rad, PROFILE.ready_rad + 0.1]), still, still)
    starting = mover._started(output, way)
    while len(sent) < 2:
        next(starting)
        now_s[0] += 0.05
    (first_s, first), (second_s, second) = sent
    assert second_s - first_s > LONGEST_DELAY_S and first.on_arrival and second.on_arrival
    begun_s[0] = now_s[0] = second_s + 0.7
    with pytest.raises(StopIteration) as end:
        for _ in range(10):
            next(starting)
    motion = end.value.value
    assert motion.time_s[0] == pytest.approx(second_s + 0.7) and mover._trajectory is motion
