"""An arm made of publishers, which stands in its ready pose."""

import time
from pathlib import Path

import numpy as np
from geometry_msgs.msg import PoseStamped
from sensor_msgs.msg import JointState

from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.nodes.ros import conversions as c

PROFILE = RobotProfile.load("fr3")
CONTRACTS = Path(__file__).parents[2] / "config" / "contracts"
CONTRACT = Contract.load(CONTRACTS / "reach.yaml")


class StandingRobot:
    """Publishes an arm that stands in its ready pose; the test may spoil what it says."""

    def __init__(self, graph):
        self.arm = graph.probe.create_publisher(JointState, "/franka/joint_states", 1)
        self.tool = graph.probe.create_publisher(PoseStamped, "/franka_robot_state_broadcaster/current_pose", 1)
        self.goal = graph.probe.create_publisher(PoseStamped, "/task/goal_pose", 1)
        self.ready = PROFILE.ready_rad
        pose = ArmModel(PROFILE).forward(self.ready)
        self.poses = {self.tool: pose, self.goal: Pose(pose.position_m + [0.05, 0.05, 0.05], pose.rotation)}
        self.spoil_arm = self.spoil_pose = lambda message: None
        self.frame = "fr3_link0"
        self.age_s = 0.0
        graph.probe.create_timer(0.02, self.publish)

    def follow(self, target):
        self.ready = np.array(target.position)

    def publish(self):
        now = time.time() - self.age_s
        arm = c.joint_state_message(PROFILE.joint_names, now, self.ready)
        self.spoil_arm(arm)
        self.arm.publish(arm)
        for publisher, pose in self.poses.items():
            message = c.pose_message(pose, self.frame, now)
            self.spoil_pose(message)
            publisher.publish(message)
