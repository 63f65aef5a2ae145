"""Mode and errors out of bytes, as out of the message."""

import pytest
from franka_msgs.msg import FrankaRobotState
from rclpy.serialization import serialize_message
from sensor_msgs.msg import JointState

from midp_ros.control import RobotCondition
from midp_ros.core.errors import ObservationError
from midp_ros.nodes.safety import robot_state_reader
from midp_ros.nodes.safety.robot_state_reader import RobotStateReader


def state(mode=2, error="", last_error="", frame="base", time_s=0.0, desired=("a", "b")):
    message = FrankaRobotState(robot_mode=mode, time=time_s)
    message.desired_joint_state = JointState(name=desired, position=[time_s + k for k in range(len(desired))])
    message.desired_joint_state.header.stamp.nanosec = int(time_s)
    message.measured_joint_state = JointState(name=["a", "bb"], position=[time_s, 1.0])
    message.o_t_ee.header.frame_id = frame
    if error:
        setattr(message.current_errors, error, True)
    if last_error:
        setattr(message.last_motion_errors, last_error, True)
    return serialize_message(message)


@pytest.fixture
def read(monkeypatch):
    """How many messages were deserialized."""
    messages = []
    whole = robot_state_reader.deserialize_message
    monkeypatch.setattr(robot_state_reader, "deserialize_message", lambda *a: messages.append(a) or whole(*a))
    return messages


def test_what_has_not_changed_is_not_read_again(read):
    reader = RobotStateReader()
    for k in range(5):
        assert reader.condition(state(time_s=float(k)), True) == RobotCondition("MOVE", (), True)
    assert len(read) == 1
    assert reader.condition(state(), False) == RobotCondition("MOVE", (), False), "who listens is the caller's to say"
    assert len(read) == 1


@pytest.mark.parametrize("error", ["joint_position_limits_violation", "cartesian_reflex", "instability_detected"])
def test_a_mode_and_each_error_are_seen_at_once(read, error):
    reader = RobotStateReader()
    assert reader.condition(state(mode=1), True).mode == "IDLE"
    assert reader.condition(state(mode=4), True).mode == "REFLEX"
    assert reader.condition(state(mode=4, error=error), True).errors == (error,)
    assert reader.condition(state(mode=2, last_error=error), True) == RobotCondition("MOVE", (), True)
    assert len(read) == 4


def test_names_of_another_length_move_the_flags():
    reader = RobotStateReader()
    for frame in ("base", "a much longer frame", "", "base"):
        assert reader.condition(state(frame=frame), True).mode == "MOVE"
        assert reader.condition(state(mode=3, frame=frame), True).mode == "GUIDING"


def test_desired_positions_come_out_of_the_bytes(read):
    reader = RobotStateReader()
    for k in range(4):
        desired = reader.desired(state(time_s=float(k)))
        assert list(desired.name) == ["a", "b"] and list(desired.position) == [k, k + 1.0]
    assert len(read) == 1


def test_joints_in_another_order_are_noticed_though_the_bytes_are_as_many():
    reader = RobotStateReader()
    for names in (("a", "b"), ("b", "a"), ("ab", "a"), (), ("a", "b")):
        for time_s in (1.0, 2.0):
            desired = reader.desired(state(time_s=time_s, desired=names))
            assert tuple(desired.name) == names and list(desired.position) == [time_s + k for k in range(len(names))]


def test_an_encoding_that_is_not_known_is_left_to_the_middleware(read, monkeypatch):
    monkeypatch.setattr(robot_state_reader, "PLAIN_CDR", b"\x00\x07")
    reader = RobotStateReader()
    for k in range(2):
        assert list(reader.desired(state(time_s=float(k))).position) == [k, k + 1.0]
        assert reader.condition(state(mode=4), True).mode == "REFLEX"
    assert len(read) == 4


def test_bytes_of_another_version_are_an_error_and_the_next_state_is_read_again():
    reader = RobotStateReader()
    assert reader.condition(state(), True).mode == "MOVE"
    for _ in range(2):
        with pytest.raises(ObservationError, match="franka_msgs of another version"):
            reader.condition(state()[:100], True)
    assert reader.condition(state(mode=4), True).mode == "REFLEX"


def test_external_forces_are_read_out_of_the_bytes_and_none_where_the_robot_estimates_none(read):
    message = FrankaRobotState(robot_mode=2)
    message.header.stamp.sec, message.header.stamp.nanosec = 12, 500_000_000
    reader = RobotStateReader()
    assert reader.external(serialize_message(message)) is None
    message.tau_ext_hat_filtered = JointState(effort=[float(k) for k in range(7)])
    for z_n in (-3.0, -9.0):
        message.o_f_ext_hat_k.wrench.force.z = z_n
        message.o_f_ext_hat_k.wrench.torque.z = 0.5
        felt = reader.external(serialize_message(message))
        assert felt.time_s == pytest.approx(12.5)
        assert felt.torque_nm.tolist() == [float(k) for k in range(7)]
        assert felt.wrench.tolist() == [0, 0, z_n, 0, 0, 0.5]
    assert len(read) == 2
    message.o_f_ext_hat_k.wrench.force.z = float("nan")
    assert reader.external(serialize_message(message)) is None
