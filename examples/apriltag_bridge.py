"""Publishes a cube with an AprilTag on its upper face as /task/object_pose, by TF from the tag to the arm's base.

python examples/apriltag_bridge.py --ros-args -p tag:=tag36h11:0 -p base:=fr3_link0 -p cube_m:=0.05
"""

import numpy as np
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from tf2_msgs.msg import TFMessage

from midp_ros.core.pose import Pose
from midp_ros.core.symmetry import upright_cube
from midp_ros.nodes.ros.conversions import pose_message, seconds_from_stamp
from midp_ros.nodes.ros.running import run


class AprilTagBridge(Node):
    """One message on /task/object_pose for each detection, stamped as the detection is."""

    def __init__(self) -> None:
        super().__init__("apriltag_bridge")
        defaults = {"tag": "tag36h11:0", "base": "fr3_link0", "cube_m": 0.05}
        self.tag, self.base, self.cube_m = (self.declare_parameter(*d).value for d in defaults.items())
        self.parents: dict[str, tuple[str, Pose]] = {}  # of each frame: its parent's name, its pose there
        self.publisher = self.create_publisher(PoseStamped, "task/object_pose", 10)
        latched = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.create_subscription(TFMessage, "/tf_static", self.on_transforms, latched)
        self.create_subscription(TFMessage, "/tf", self.on_transforms, 100)

    def on_transforms(self, message: TFMessage) -> None:
        for t in message.transforms:
            p, q = t.transform.translation, t.transform.rotation
            pose = Pose.from_quaternion([p.x, p.y, p.z], [q.x, q.y, q.z, q.w])
            self.parents[t.child_frame_id] = (t.header.frame_id, pose)
            if t.child_frame_id == self.tag and (tag := self.in_base(self.tag)) is not None:
                centre_m = tag.position_m - tag.rotation @ [0.0, 0.0, self.cube_m / 2]  # the tag's z points outwards
                cube = Pose(np.asarray(centre_m), upright_cube(tag.rotation))
                self.publisher.publish(pose_message(cube, self.base, seconds_from_stamp(t.header.stamp)))

    def in_base(self, frame: str) -> Pose | None:
        """The newest pose of a frame in the base; None while TF does not connect them."""
        pose = Pose.from_quaternion([0, 0, 0], [0, 0, 0, 1])
        while frame != self.base:
            if frame not in self.parents:
                self.get_logger().warning(f"TF does not lead from {self.tag} to {self.base}: {frame} has no parent")
                return None
            frame, step = self.parents[frame]
            pose = step @ pose
        return pose


if __name__ == "__main__":
    run(AprilTagBridge)
