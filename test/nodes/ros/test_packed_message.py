"""The bytes say what rclpy itself would have sent."""

import numpy as np
import pytest
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import PoseStamped, TransformStamped
from rclpy.serialization import deserialize_message, serialize_message
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import JointState
from tf2_msgs.msg import TFMessage

from midp_ros.nodes.ros.packed_message import PackedMessage

NAMES = ["a", "bcd", "e"]  # lengths that shift what comes behind them


def joints():
    return JointState(name=NAMES, position=[0.0] * 3, velocity=[0.0] * 3, effort=[0.0] * 3)


def robot_state():
    message = FrankaRobotState(measured_joint_state=joints(), desired_joint_state=joints())
    message.o_t_ee.header.frame_id = "odd"
    return message


def fill(message, numbers, nanoseconds=None):
    """Sets every double of a message, in order, through its own fields, and every stamp."""
    for name, kind in message.get_fields_and_field_types().items():
        value = getattr(message, name)
        if kind == "double":
            setattr(message, name, next(numbers))
        elif kind == "sequence<double>" or kind.startswith("double["):
            setattr(message, name, [next(numbers) for _ in value])
        elif kind == "builtin_interfaces/Time":
            value.sec, value.nanosec = divmod(nanoseconds, 10**9)
        elif "/" in kind:
            for part in value if isinstance(value, list) else [value]:
                fill(part, numbers, nanoseconds)
    return message


@pytest.mark.parametrize(
    "make",
    [robot_state, joints, PoseStamped, Clock, lambda: TFMessage(transforms=[TransformStamped(child_frame_id="x")] * 1)],
)
def test_patched_bytes_are_those_of_the_message_with_these_numbers(make):
    packed = PackedMessage(make())
    indices = packed.indices("")
    numbers = np.random.default_rng(0).normal(size=len(indices))
    packed.doubles[indices] = numbers
    packed.stamp(1763781603.123456789)
    stamp = 1763781603123456717  # the nearest double
    expected = fill(make(), iter(numbers.tolist()), stamp)
    assert deserialize_message(packed.to_bytes(), type(expected)) == expected
    assert len(packed.to_bytes()) == len(serialize_message(expected))  # between the fields lies what once lay there


def test_one_field_and_one_flag_are_written_alone():
    packed = PackedMessage(robot_state())
    packed.numbers("o_t_ee.pose.position")[:] = 1.0, 2.0, 3.0
    packed.octets[packed.byte("current_errors.joint_reflex")] = True
    packed.octets[packed.byte("robot_mode")] = 4
    expected = robot_state()
    p = expected.o_t_ee.pose.position
    p.x, p.y, p.z = 1.0, 2.0, 3.0
    expected.current_errors.joint_reflex = True
    expected.robot_mode = 4
    assert deserialize_message(packed.to_bytes(), FrankaRobotState) == expected


def test_what_does_not_lie_together_or_is_no_flag_is_refused():
    packed = PackedMessage(robot_state())
    with pytest.raises(ValueError, match="side by side"):
        packed.numbers("measured_joint_state")
    with pytest.raises(ValueError, match="double"):
        packed.byte("time")
