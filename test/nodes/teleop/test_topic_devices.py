"""Devices behind topics, over DDS: each convention's messages as inputs."""

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import PoseStamped, TransformStamped, Twist, TwistStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import JointState, Joy
from std_msgs.msg import Bool, Float32
from tf2_msgs.msg import TFMessage

from midp_ros.core.pose import rotation_about_z
from midp_ros.core.seams import DEVICES
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.teleop.pose_devices import ANSWER, CLUTCH, HAND, TARGET, TOOL_POSE
from midp_ros.nodes.teleop.topic_devices import GRIPPER_PERCENT, JOY, LEADER, PERCENT, TWIST
from midp_ros.teleop.device import DeviceContext

PROFILE = RobotProfile.load("fr3")


@pytest.fixture
def desk(graph):
    """Opens a device by name on a node called teleop, and publishes to it."""
    node = graph.add(rclpy.create_node("teleop"))
    opened = []

    class Desk:
        def open(self, name, **settings):
            opened.append(DEVICES.load(name)(DeviceContext(PROFILE, settings, node)))
            return opened[-1]

        def send(self, device, topic, *messages, qos=10):
            """The inputs that the messages become."""
            name = topic.replace("~", "/teleop")
            publisher = graph.probe.create_publisher(type(messages[0]), name, qos)
            assert graph.spin_until(lambda: publisher.get_subscription_count() > 0)
            graph.spin_for(0.1)
            for message in messages:
                publisher.publish(message)
            found = []

            def come():
                found.extend(device.read(5.0))
                return len(found) >= len(messages)

            graph.spin_until(come, 3.0)
            graph.probe.destroy_publisher(publisher)
            return found

    yield Desk()
    for device in opened:
        device.close()


def twist(frame="", x=0.0, wz=0.0):
    message = TwistStamped()
    message.header.frame_id, message.twist.linear.x, message.twist.angular.z = frame, x, wz
    return message


def test_twists_in_the_frames_of_base_and_tool(desk):
    device = desk.open("twist", twist_units="speed")
    base, link, tool = desk.send(
        device, TWIST, twist("base", 0.1), twist("fr3_link0", 0.1), twist("fr3_hand_tcp", 0.1, 1.0)
    )
    assert not base.motion.in_tool and not link.motion.in_tool and tool.motion.in_tool
    assert base.motion.linear.tolist() == [0.1, 0, 0] and not base.motion.shares
    assert tool.motion.angular.tolist() == [0, 0, 1.0] and 4.0 < base.time_s <= 5.0


def test_a_twist_without_a_frame_moves_nothing_and_says_so(desk, capfd):
    assert desk.send(desk.open("twist"), TWIST, twist("", 0.1)) == []
    assert "its frame_id is empty: the publisher must name the frame" in capfd.readouterr().err


def test_a_twist_in_another_frame_is_turned_by_tf_and_an_unknown_frame_is_left_out(desk, graph):
    device = desk.open("twist")
    assert desk.send(device, TWIST, twist("camera", 0.1)) == []
    transform = TransformStamped(child_frame_id="camera")
    transform.header.frame_id = "fr3_link0"
    transform.transform.rotation.z = transform.transform.rotation.w = float(np.sqrt(0.5))
    static = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    publisher = graph.probe.create_publisher(TFMessage, "/tf_static", static)
    publisher.publish(TFMessage(transforms=[transform]))
    given = []
    assert graph.spin_until(lambda: given.extend(desk.send(device, TWIST, twist("camera", 0.1))) or given)
    (turned,) = given
    np.testing.assert_allclose(turned.motion.linear, [0, 0.1, 0], atol=1e-9)


def test_franka_labs_shares_and_gripper(desk):
    device = desk.open("twist_percent")
    message = Twist()
    message.linear.z = -0.5
    (given,) = desk.send(device, PERCENT, message)
    assert given.motion.shares and given.motion.linear.tolist() == [0, 0, -0.5]
    (given,) = desk.send(device, GRIPPER_PERCENT, Float32(data=0.25))
    assert given.gripper == 0.25 and given.motion is None


def test_a_gamepad_behind_joy(desk):
    device = desk.open("joy", gamepad_dead_man=5)
    (given,) = desk.send(device, JOY, Joy(axes=[0.0, 1.0], buttons=[0, 0, 0, 0, 0, 1]))
    assert given.held is True and given.motion.linear[0] == 1.0


def test_a_leader_arm_by_names_or_by_order(desk):
    device = desk.open("leader")
    positions = [0.1 * k for k in range(7)]
    by_name = JointState(name=list(PROFILE.joint_names[::-1]), position=positions[::-1])
    by_order = JointState(name=["a"] * 8, position=[*positions, 0.5])
    for given in desk.send(device, LEADER, by_name, by_order):
        np.testing.assert_allclose(given.motion.position_rad, positions)
    assert desk.send(device, LEADER, JointState(position=[0.0] * 3)) == []


def pose(frame, x=0.0, turn=0.0):
    message = PoseStamped()
    message.header.frame_id, message.pose.position.x = frame, x
    message.pose.orientation.z, message.pose.orientation.w = float(np.sin(turn / 2)), float(np.cos(turn / 2))
    return message


def test_a_hand_with_and_without_a_clutch(desk):
    device = desk.open("hand")
    (given,) = desk.send(device, HAND, pose("world", 0.3, 0.5))
    assert given.held is None and not given.motion.absolute and device.silence_is_release
    np.testing.assert_allclose(given.motion.pose.rotation, rotation_about_z(0.5), atol=1e-9)
    desk.send(device, CLUTCH, Bool(data=False))
    (given,) = desk.send(device, HAND, pose("world", 0.3))
    assert given.held is False and not device.silence_is_release
    desk.send(device, CLUTCH, Bool(data=True))
    assert desk.send(device, HAND, pose("world", 0.3))[0].held is True


def test_a_phone_is_answered_with_the_tools_pose(desk, graph):
    device = desk.open("hand")
    answers = graph.heard(graph.probe, PoseStamped, ANSWER)
    tool = graph.probe.create_publisher(PoseStamped, TOOL_POSE, 1)
    graph.spin_for(0.3)

    def answered():
        tool.publish(pose("fr3_link0", 0.4))
        device.read(graph.probe.get_clock().now().nanoseconds * 1e-9)
        return bool(answers)

    assert graph.spin_until(answered)
    assert answers[0].pose.position.x == 0.4


def test_a_dragged_tool_is_a_place_and_needs_a_frame(desk):
    device = desk.open("target")
    (given,) = desk.send(device, TARGET, pose("fr3_link0", 0.4))
    assert given.motion.absolute and given.motion.pose.position_m.tolist() == [0.4, 0, 0]
    assert desk.send(device, TARGET, pose("", 0.4)) == []
