"""A trajectory that would be a step by now is not published, and one that starts on arrival carries no stamp."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
from rclpy.serialization import deserialize_message
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.control.loop.commands import Commands
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.trajectory_output import TRANSIT_S, TrajectoryOutput
from midp_ros.nodes.ros.conversions import seconds_from_stamp

PROFILE = RobotProfile.load("fr3")
STILL = np.zeros((2, 7))
MOTION = JointTrajectory(np.array([10.0, 11.0]), STILL, STILL, STILL)


@pytest.fixture
def published():
    return []


@pytest.fixture
def output(published):
    publisher = SimpleNamespace(publish=published.append)
    node = SimpleNamespace(create_publisher=lambda *arguments: publisher)
    output = TrajectoryOutput(node, PROFILE, "arm", "arm/controller_state", "assumed", lambda: 10.0)
    output.open()
    return output


def test_what_comes_after_its_hand_over_is_not_published(output, published):
    assert not output.send(Commands(MOTION, before_s=10.0 + TRANSIT_S / 2)) and not published
    assert output.send(Commands(MOTION, before_s=10.1), observed_s=time.time()) and len(published) == 1
    assert output.send(Commands(MOTION)) and len(published) == 2


@pytest.mark.parametrize(
    ("commands", "stamped_s", "first_s"),
    [
        (Commands(MOTION), 10.0, 0.0),
        (Commands(MOTION, stamp_s=9.997), 9.997, 0.003),
        (Commands(MOTION, on_arrival=True), 0.0, 0.0),
    ],
)
def test_a_stamp_of_its_own_leaves_the_points_where_they_are_and_none_starts_on_arrival(
    output, published, commands, stamped_s, first_s
):
    assert output.send(commands)
    message = deserialize_message(published[0], JointTrajectoryMessage)
    assert seconds_from_stamp(message.header.stamp) == pytest.approx(stamped_s, abs=1e-9)
    times_s = [seconds_from_stamp(point.time_from_start) for point in message.points]
    assert times_s == pytest.approx([first_s, first_s + 1.0], abs=1e-9)
