"""Publishes a cube with an AprilTag on its upper face as /task/object_pose, by TF from the tag to the arm's base.

python examples/apriltag_bridge.py --ros-args -p tag:=tag36h11:0 -p base:=fr3_link0 -p cube_m:=0.05
"""

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from tf2_msgs.msg import TFMessage

from midp_ros.control.observations.message_values import transforms_from_message
from midp_ros.core.pose import Pose
from midp_ros.core.symmetry import upright_cube
from midp_ros.kinematics.transform_buffer import TransformBuffer, TransformError
from midp_ros.nodes.observations.transform_listener import MOVING, STATIC
from midp_ros.nodes.ros.conversions import pose_message
from midp_ros.nodes.ros.running import run


class AprilTagBridge(Node):
    def __init__(self) -> None:
        super().__init__("apriltag_bridge")
        defaults = {"tag": "tag36h11:0", "base": "fr3_link0", "cube_m": 0.05}
        self.tag, self.base, self.cube_m = (self.declare_parameter(*d).value for d in defaults.items())
        self.transforms, self.detected_s = TransformBuffer(), None
        self.publisher = self.create_publisher(PoseStamped, "task/object_pose", 10)
        self.create_subscription(TFMessage, "/tf_static", lambda message: self.take(message, static=True), STATIC)
        self.create_subscription(TFMessage, "/tf", self.take, MOVING)

    def take(self, message: TFMessage, static: bool = False) -> None:
        for parent, child, pose, time_s in transforms_from_message(message):
            self.transforms.put(parent, child, pose, None if static else time_s)
            self.detected_s = time_s if child == self.tag else self.detected_s
        if self.detected_s is not None:
            try:
                tag = self.transforms.lookup(self.base, self.tag, self.detected_s)
            except TransformError as e:  # tried again with the next transforms
                return self.get_logger().warning(str(e), throttle_duration_sec=5.0)
            centre_m = tag.position_m - tag.rotation @ [0.0, 0.0, self.cube_m / 2]  # the tag's z points outwards
            cube = Pose(centre_m, upright_cube(tag.rotation))
            self.publisher.publish(pose_message(cube, self.base, self.detected_s))
            self.detected_s = None  # each detection is published once


if __name__ == "__main__":
    run(AprilTagBridge)
