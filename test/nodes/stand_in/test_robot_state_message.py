"""FrankaRobotState says of the arm what an independent computation says."""

from dataclasses import replace

import numpy as np
import pinocchio as pin
import pytest
from arm_states import STIFFNESS, TOOL, arm_state, flange
from franka_msgs.msg import Errors, FrankaRobotState
from rclpy.serialization import deserialize_message

from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros.conversions import seconds_from_stamp
from midp_ros.nodes.stand_in.robot_state_message import RobotStateMessage
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.arm_state import RigidLoad


@pytest.fixture(scope="module")
def message():
    return RobotStateMessage(RobotProfile.load("fr3"), "base")


def sent(message, state, time_s=100.25):
    """What a subscriber gets."""
    message.fill(state)
    message.packed.stamp(time_s)
    return deserialize_message(message.packed.to_bytes(), FrankaRobotState)


def matrix(stamped):
    p, q = stamped.pose.position, stamped.pose.orientation
    pose = Pose.from_quaternion([p.x, p.y, p.z], [q.x, q.y, q.z, q.w])
    return as_matrix(pose)


def as_matrix(pose):
    return np.block([[pose.rotation, pose.position_m[:, None]], [np.zeros(3), 1.0]])


def six(linear, angular):
    return [linear.x, linear.y, linear.z, angular.x, angular.y, angular.z]


def test_joint_states_are_the_arms(message):
    state = arm_state(1)
    m = sent(message, state)
    measured, desired, motor = m.measured_joint_state, m.desired_joint_state, m.measured_joint_motor_state
    for joints in (measured, desired, motor, m.tau_ext_hat_filtered):
        assert list(joints.name) == [f"fr3_joint{i}" for i in range(1, 8)]
        assert len(joints.position) == len(joints.velocity) == len(joints.effort) == 7
    for field, values in (
        (measured.position, state.position_rad),
        (measured.velocity, state.velocity_rad_s),
        (measured.effort, state.torque_nm),
        (desired.position, state.desired_position_rad),
        (desired.velocity, state.desired_velocity_rad_s),
        (desired.effort, state.desired_torque_nm),
        (motor.position, state.position_rad),
        (motor.velocity, state.velocity_rad_s),
        (m.ddq_d, state.desired_acceleration_rad_s2),
        (m.dtau_j, state.torque_rate_nm_s),
        (m.tau_ext_hat_filtered.effort, state.external_torque_nm),
    ):
        np.testing.assert_array_equal(field, values)


def test_poses_are_the_denavit_hartenberg_chains(message):
    m = sent(message, arm_state(2))
    measured, desired = flange(m.measured_joint_state.position), flange(m.desired_joint_state.position)
    np.testing.assert_allclose(matrix(m.o_t_ee), measured @ as_matrix(TOOL), atol=1e-12)
    np.testing.assert_allclose(matrix(m.o_t_ee_d), desired @ as_matrix(TOOL), atol=1e-12)
    np.testing.assert_allclose(matrix(m.o_t_ee_c), desired @ as_matrix(TOOL), atol=1e-12)
    np.testing.assert_allclose(matrix(m.f_t_ee), as_matrix(TOOL), atol=1e-12)
    np.testing.assert_allclose(matrix(m.ee_t_k), as_matrix(STIFFNESS), atol=1e-12)


def test_twists_and_wrenches_run_linear_part_first(message):
    state = arm_state(3)
    m = sent(message, state)
    for twist in (m.o_dp_ee_d.twist, m.o_dp_ee_c.twist):
        np.testing.assert_array_equal(six(twist.linear, twist.angular), state.desired_twist)
    accel = m.o_ddp_ee_c.accel
    np.testing.assert_array_equal(six(accel.linear, accel.angular), state.desired_cartesian_acceleration)
    for wrench, values in ((m.o_f_ext_hat_k, state.wrench_base), (m.k_f_ext_hat_k, state.wrench_stiffness)):
        np.testing.assert_array_equal(six(wrench.wrench.force, wrench.wrench.torque), values)


def test_inertias_add_up_as_pinocchios_do(message):
    state = arm_state(4)

    def check(m, states):
        for stamped, bodies in ((m.inertia_ee, states[:1]), (m.inertia_load, states[1:]), (m.inertia_total, states)):
            total = sum((pin.Inertia(b.mass_kg, b.centre_m, b.inertia_kg_m2) for b in bodies), pin.Inertia.Zero())
            i = stamped.inertia
            assert i.m == pytest.approx(total.mass)
            np.testing.assert_allclose([i.com.x, i.com.y, i.com.z], total.lever, atol=1e-12)
            rows = [[i.ixx, i.ixy, i.ixz], [i.ixy, i.iyy, i.iyz], [i.ixz, i.iyz, i.izz]]
            np.testing.assert_allclose(rows, total.inertia, atol=1e-12)

    check(sent(message, state), [state.end_effector, state.load])
    other = RigidLoad(1.0, np.array([0.1, 0.0, 0.0]), 0.01 * np.eye(3))
    check(sent(message, replace(state, load=other)), [state.end_effector, other])


def test_the_elbow_is_the_third_joint_and_the_fourths_sign(message):
    state = arm_state(5)
    state.position_rad[3], state.desired_position_rad[3] = -2.0, 0.0
    e = sent(message, state).elbow
    assert list(e.position) == [state.position_rad[2], -1.0]
    assert list(e.desired_position) == list(e.commanded_position) == [state.desired_position_rad[2], 1.0]
    assert list(e.commanded_velocity) == [state.desired_velocity_rad_s[2], 0.0]
    assert list(e.commanded_acceleration) == [state.desired_acceleration_rad_s2[2], 0.0]


def test_contacts_mode_errors_and_times(message):
    m = sent(message, arm_state(6))
    c = m.collision_indicators
    assert list(c.is_joint_contact) == [0, 0, 1, 0, 0, 0, 0] and list(c.is_joint_collision) == [0, 0, 0, 0, 0, 1, 0]
    assert six(c.is_cartesian_linear_contact, c.is_cartesian_angular_contact) == [0, 1, 0, 0, 0, 0]
    assert six(c.is_cartesian_linear_collision, c.is_cartesian_angular_collision) == [0, 0, 0, 0, 1, 0]
    assert (m.robot_mode, m.time, m.control_command_success_rate) == (FrankaRobotState.ROBOT_MODE_REFLEX, 12.5, 0.97)
    assert raised(m.current_errors) == {"joint_reflex"}
    assert raised(m.last_motion_errors) == {"joint_position_limits_violation", "instability_detected"}


def raised(errors):
    return {name for name in Errors.get_fields_and_field_types() if getattr(errors, name)}


def test_what_was_raised_is_cleared_again(message):
    sent(message, arm_state(7))
    m = sent(message, arm_state(7, mode=RobotMode.IDLE, current_errors=frozenset(), last_motion_errors=frozenset()))
    assert m.robot_mode == FrankaRobotState.ROBOT_MODE_IDLE
    assert raised(m.current_errors) == raised(m.last_motion_errors) == set()


@pytest.mark.parametrize("name", Errors.get_fields_and_field_types())
def test_each_error_sets_its_own_flag(message, name):
    m = sent(message, arm_state(8, current_errors=frozenset({name}), last_motion_errors=frozenset()))
    assert raised(m.current_errors) == {name} and raised(m.last_motion_errors) == set()


def test_frames_and_stamps_are_franka_semantic_components(message):
    m = sent(message, arm_state(9), time_s=100.25)
    frames = {
        "base": "measured_joint_state desired_joint_state measured_joint_motor_state tau_ext_hat_filtered "
        "o_f_ext_hat_k o_t_ee o_t_ee_d o_t_ee_c o_dp_ee_d o_dp_ee_c o_ddp_ee_c",
        "fr3_hand_tcp": "k_f_ext_hat_k ee_t_k inertia_ee inertia_total",
        "fr3_link8": "f_t_ee inertia_load",
    }
    assert seconds_from_stamp(m.header.stamp) == 100.25
    for frame, fields in frames.items():
        for field in fields.split():
            header = getattr(m, field).header
            assert (header.frame_id, seconds_from_stamp(header.stamp)) == (frame, 100.25), field


def test_a_moving_simulation_tells_of_itself_what_its_joints_say(message):
    simulation = Simulation("reach")
    start = simulation.arm.desired_rad
    simulation.follow(JointTrajectory(np.array([0.0, 2.0]), np.stack([start, start + 0.3]), np.zeros((2, 7))))
    simulation.advance(0.3)
    said = []
    for _ in range(3):
        simulation.advance(0.001)
        said.append(sent(message, simulation.robot.state()))
    before, now, after = (matrix(m.o_t_ee_d) for m in said)
    twist = said[1].o_dp_ee_d.twist
    turn = (after[:3, :3] - before[:3, :3]) @ now[:3, :3].T / 0.002
    differences = [*(after - before)[:3, 3] / 0.002, turn[2, 1], turn[0, 2], turn[1, 0]]
    assert np.linalg.norm(differences) > 0.1
    np.testing.assert_allclose(six(twist.linear, twist.angular), differences, atol=1e-4)
    np.testing.assert_allclose(
        matrix(said[1].o_t_ee), flange(said[1].measured_joint_state.position) @ as_matrix(TOOL), atol=1e-9
    )
