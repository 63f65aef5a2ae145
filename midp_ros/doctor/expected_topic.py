"""A state topic as franka_ros2 has it, and what to do where it differs; imports nothing of ROS.

Sources: franka_bringup and franka_robot_state_broadcaster of franka_ros2 v2.5 and v3.4.
"""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.doctor.finding import Status

JOINT_STATE = "sensor_msgs/msg/JointState"
POSE = "geometry_msgs/msg/PoseStamped"
TWIST = "geometry_msgs/msg/TwistStamped"
WRENCH = "geometry_msgs/msg/WrenchStamped"
ROBOT_STATE = "franka_msgs/msg/FrankaRobotState"
TRAJECTORY = "trajectory_msgs/msg/JointTrajectory"
ARM_STATE = "franka/joint_states"
BROADCASTER = "franka_robot_state_broadcaster"
# Types that are given in a frame, and that the policy transforms to the contract's.
FRAMED = (POSE, TWIST, WRENCH, *(f"geometry_msgs/msg/{name}Stamped" for name in ("Point", "Vector3")))
FRAMED += ("geometry_msgs/msg/PoseWithCovarianceStamped",)
GOOD_RATE_HZ = 50.0  # a state older than 20 ms is late for a closed loop
NO_CAMERA = "start the camera's driver, or `midp launch sim cameras:=front,wrist`"
UNUSED_RATE_HZ = 10.0  # enough to look at
CLOCK = "/clock"
BASE = "base"
BROADCAST = {
    "last_desired_pose": POSE,
    "desired_end_effector_twist": TWIST,
    "measured_joint_states": JOINT_STATE,
    "desired_joint_states": JOINT_STATE,
    "external_joint_torques": JOINT_STATE,
    "external_wrench_in_base_frame": WRENCH,
    "external_wrench_in_stiffness_frame": WRENCH,
}
NO_DRIVER = "start franka_bringup, or `midp launch sim`"
NO_BROADCASTER = (
    "load franka_robot_state_broadcaster (franka_bringup: load_franka_robot_state_broadcaster:=true); "
    "Franka's own fake hardware has none, `midp launch sim` has"
)
SLOW_MERGED = (
    "30 Hz is franka_bringup's default and too slow as a policy's input: observe /franka/joint_states, "
    "or start franka_bringup with joint_state_rate:=200"
)
SLOW = "raise the publisher's rate, or give its machine less to do"


@dataclass(frozen=True)
class ExpectedTopic:
    """A state topic.

    Attributes:
        joints: names that a JointState must have, by the profile.
        frames: that it may be given in; empty takes any.
        least_hz, good_hz: a slower one fails, or is warned of.
        size: least height and width of a picture [pixels]; 0: it is none.
        missing: how bad it is without a publisher; None leaves it unmentioned.
        missing_remedy, slow_remedy: what to do then.
    """

    topic: str
    type: str
    joints: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    size: tuple[int, int] = (0, 0)
    least_hz: float = 0.0
    good_hz: float = GOOD_RATE_HZ
    missing: Status | None = Status.WARNING
    missing_remedy: str = NO_BROADCASTER
    slow_remedy: str = SLOW
