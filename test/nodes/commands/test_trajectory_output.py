"""A trajectory that would be a step by now is not published."""

import time
from types import SimpleNamespace

import numpy as np

from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.trajectory_output import TRANSIT_S, TrajectoryOutput

PROFILE = RobotProfile.load("fr3")


def test_what_comes_after_its_hand_over_is_not_published():
    published = []
    publisher = SimpleNamespace(publish=published.append)
    node = SimpleNamespace(create_publisher=lambda *arguments: publisher)
    now_s = [10.0]
    output = TrajectoryOutput(node, PROFILE, "arm/joint_trajectory", lambda: now_s[0])
    output.open()
    still = np.zeros((2, 7))
    motion = JointTrajectory(np.array([10.0, 11.0]), still, still, still)
    assert not output.send(motion, before_s=10.0 + TRANSIT_S / 2) and not published
    assert output.send(motion, observed_s=time.time(), before_s=10.1) and len(published) == 1
    assert output.send(motion) and len(published) == 2
