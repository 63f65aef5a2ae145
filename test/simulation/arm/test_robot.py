"""The robot's control box: who commands, what stops it, how it comes back."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.errors import CommandError, MidpError, UnknownNameError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose
from midp_ros.core.robot_mode import RobotMode
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.arm_state import RigidLoad
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.controllers import FollowerState, GoalCode, Tolerances
from midp_ros.simulation.safety import CollisionThresholds, ModeError

CONTACT_TORQUES_NM = [25, 25, 22, 20, 19, 17, 14]
SPEED_RAD_S = np.full(7, 0.5)


def start(**options):
    return Simulation("reach", options=RobotOptions(**{"reflexes": True, **options}))


def smooth(simulation, way_rad, duration_s=2.0, points=41):
    """A quintic from rest to rest, which is within every limit; it starts now."""
    u = np.linspace(0, 1, points)[:, None]
    shape = 10 * u**3 - 15 * u**4 + 6 * u**5, 30 * u**2 * (1 - u) ** 2, 60 * u - 180 * u**2 + 120 * u**3
    way = np.broadcast_to(np.asarray(way_rad, float), (7,))
    return JointTrajectory(
        simulation.time_s + duration_s * u[:, 0],
        simulation.arm.desired_rad + shape[0] * way,
        shape[1] * way / duration_s,
        shape[2] * way / duration_s**2,
    )


def step(simulation, way_rad):
    now = simulation.time_s + np.array([0.0, 0.001])
    goal = simulation.arm.desired_rad + way_rad
    return JointTrajectory(now, np.stack([goal, goal]))


def trip(simulation):
    simulation.robot.follow(step(simulation, 0.05))
    simulation.advance(0.1)
    assert simulation.robot.modes.mode is RobotMode.REFLEX


def test_a_smooth_motion_trips_nothing_on_the_strict_interface():
    simulation = start()
    goal = simulation.arm.desired_rad + 0.3
    simulation.robot.follow(smooth(simulation, 0.3))
    simulation.advance(2.5)
    assert simulation.robot.reflexes == [] and simulation.robot.modes.mode is RobotMode.MOVE
    np.testing.assert_allclose(simulation.arm.position_rad, goal, atol=2e-3)


def test_a_step_trips_the_position_interface_and_stops_the_arm_before_it_moves():
    simulation = start()
    before = simulation.arm.position_rad
    simulation.robot.follow(step(simulation, 0.05))
    simulation.advance(0.5)
    robot = simulation.robot
    assert robot.modes.mode is RobotMode.REFLEX and len(robot.reflexes) == 1
    assert robot.modes.current_errors == {"joint_position_motion_generator_start_pose_invalid"}
    np.testing.assert_allclose(simulation.arm.position_rad, before, atol=2e-3)


def test_a_jump_on_the_way_is_a_discontinuity_and_the_stop_stays_within_the_limits():
    simulation = start()
    simulation.robot.follow(smooth(simulation, 0.8))
    simulation.advance(0.95)
    simulation.robot.follow(step(simulation, 0.01))
    commanded = simulation.advance(0.5)
    errors = simulation.robot.modes.current_errors
    assert {
        "joint_motion_generator_velocity_discontinuity",
        "joint_motion_generator_acceleration_discontinuity",
    } <= errors
    acceleration = np.diff(commanded, 2, axis=0) * 1e6
    assert np.abs(acceleration).max() < 1.01 * simulation.profile.acceleration_max_rad_s2.max()
    assert np.abs(simulation.arm.velocity_rad_s).max() < 1e-2


def test_the_effort_interface_takes_a_step_as_the_real_controllers_do():
    simulation = start(interface="effort")
    goal = simulation.arm.desired_rad + 0.02
    simulation.robot.follow(step(simulation, 0.02))
    simulation.advance(1.0)
    assert simulation.robot.reflexes == []
    np.testing.assert_allclose(simulation.arm.position_rad, goal, atol=2e-3)


def test_a_reflex_aborts_the_goal_with_its_reason_and_ignores_commands_until_recovery():
    simulation = start()
    simulation.robot.follow(smooth(simulation, 0.8), Tolerances.default(7))
    simulation.advance(0.5)
    simulation.robot.follow(step(simulation, 0.05))
    simulation.advance(0.1)
    robot = simulation.robot
    assert robot.goal_outcome.code is GoalCode.INVALID_GOAL
    assert "fr3_joint" in robot.goal_outcome.text and "limit" in robot.goal_outcome.text
    with pytest.raises(CommandError, match="REFLEX"):
        robot.follow(smooth(simulation, 0.1))
    with pytest.raises(ModeError):
        robot.activate("trajectory")
    robot.recover()
    assert robot.recovering and robot.modes.mode is RobotMode.AUTOMATIC_ERROR_RECOVERY
    simulation.advance(1.0)
    assert not robot.recovering and robot.modes.mode is RobotMode.MOVE
    assert robot.modes.current_errors == frozenset() and robot.modes.last_motion_errors
    goal = simulation.arm.desired_rad + 0.1
    robot.follow(smooth(simulation, 0.1))
    simulation.advance(2.5)
    np.testing.assert_allclose(simulation.arm.position_rad, goal, atol=2e-3)


def test_without_reactivation_a_recovered_robot_waits_for_somebody_to_activate_it():
    simulation = start(reactivate=False)
    trip(simulation)
    simulation.robot.recover()
    simulation.advance(1.0)
    assert simulation.robot.modes.mode is RobotMode.IDLE
    with pytest.raises(CommandError, match="not active"):
        simulation.robot.follow(smooth(simulation, 0.1))
    simulation.robot.activate("trajectory")
    simulation.robot.follow(smooth(simulation, 0.1))


def test_without_an_error_there_is_nothing_to_recover_from_while_it_moves():
    with pytest.raises(ModeError, match="MOVE"):
        start().robot.recover()


def test_a_push_beyond_the_threshold_is_a_collision_and_below_it_a_contact():
    simulation = start()
    robot = simulation.robot
    robot.push(np.array([0, 0, 33.0, 0, 0, 0]))  # between 30 N, contact, and 40 N, collision
    simulation.advance(0.5)
    state = robot.state()
    assert state.cartesian_contact[2] and not state.cartesian_collision.any() and state.mode is RobotMode.MOVE
    assert state.wrench_base[2] == pytest.approx(-33.0, abs=1.0), "as libfranka has it"
    robot.push(np.array([0, 0, 60.0, 0, 0, 0]))
    simulation.advance(0.2)
    state = robot.state()
    assert state.mode is RobotMode.REFLEX and state.cartesian_collision[2]
    assert "cartesian_reflex" in state.current_errors


def test_thresholds_change_only_while_no_controller_is_active():
    simulation = start()
    robot = simulation.robot
    higher = CollisionThresholds.of(CONTACT_TORQUES_NM, np.full(7, 80.0), np.full(6, 30.0), np.full(6, 100.0))
    for change in (
        lambda: robot.settings.set_collision_thresholds(higher),
        lambda: robot.settings.set_joint_stiffness(np.full(7, 300.0)),
        lambda: robot.settings.set_cartesian_stiffness(np.full(6, 300.0)),
        lambda: robot.settings.set_load(RigidLoad(0.5, np.zeros(3), np.zeros((3, 3)))),
        lambda: robot.settings.set_tool_frame(Pose(np.array([0, 0, 0.1]), np.eye(3))),
        lambda: robot.settings.set_stiffness_frame(Pose(np.array([0, 0, 0.1]), np.eye(3))),
    ):
        with pytest.raises(ModeError, match="command not possible in the current mode"):
            change()
        robot.activate("none")
        change()
        robot.activate("trajectory")
    robot.push(np.array([0, 0, 60.0, 0, 0, 0]))
    simulation.advance(0.5)
    assert robot.reflexes == []


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.set_joint_stiffness(np.full(7, np.nan)),
        lambda s: s.set_load(RigidLoad(-1.0, np.zeros(3), np.zeros((3, 3)))),
        lambda s: s.set_load(RigidLoad(1.0, np.array([0, 0, np.inf]), np.zeros((3, 3)))),
        lambda s: s.set_load(RigidLoad(1.0, np.zeros(3), -np.eye(3))),
    ],
)
def test_settings_that_no_robot_takes_are_refused(change):
    simulation = start(controller="none")
    with pytest.raises(MidpError):
        change(simulation.robot.settings)


def test_the_tool_frame_moves_with_the_setting():
    simulation = start(controller="none")
    before = simulation.robot.state()
    offset = np.array([0.0, 0.02, 0.1])
    simulation.robot.settings.set_tool_frame(Pose(offset, np.eye(3)))
    after = simulation.robot.state()
    tool = before.flange_measured @ before.end_effector_in_flange
    expected = tool.position_m + tool.rotation @ offset
    moved = after.flange_measured @ after.end_effector_in_flange
    np.testing.assert_allclose(moved.position_m, expected, atol=1e-9)


def test_the_user_stop_stops_the_arm_and_released_it_can_be_commanded_again():
    simulation = start()
    robot = simulation.robot
    robot.follow(smooth(simulation, 1.0), Tolerances.default(7))
    simulation.advance(1.0)
    robot.press_user_stop(True)
    simulation.advance(0.5)
    assert robot.modes.mode is RobotMode.USER_STOPPED and "user stop" in robot.goal_outcome.text
    assert np.abs(simulation.arm.velocity_rad_s).max() < 1e-2
    assert robot.reflexes == []
    with pytest.raises(CommandError):
        robot.follow(smooth(simulation, 0.1))
    robot.press_user_stop(False)
    assert robot.modes.mode is RobotMode.MOVE
    robot.follow(smooth(simulation, 0.1))


def test_a_guided_arm_is_dragged_by_a_force_and_stays_where_it_was_left():
    simulation = start()
    robot = simulation.robot
    with pytest.raises(ModeError):
        robot.guide(True)
    robot.press_user_stop(True)
    robot.guide(True)
    assert robot.modes.mode is RobotMode.GUIDING
    before = simulation.tool().position_m
    robot.push(np.array([0.0, 12.0, 0, 0, 0, 0]))
    simulation.advance(1.5)
    robot.push(None)
    simulation.advance(1.0)
    robot.guide(False)
    left = simulation.tool().position_m
    assert left[1] - before[1] > 0.05
    simulation.advance(1.0)
    np.testing.assert_allclose(simulation.tool().position_m, left, atol=2e-3)
    assert robot.modes.mode is RobotMode.USER_STOPPED


def test_a_point_to_point_motion_arrives_and_needs_the_arm_to_itself():
    simulation = start()
    robot, goal = simulation.robot, simulation.profile.ready_rad
    with pytest.raises(ModeError, match="MOVE"):
        robot.move_to(goal, SPEED_RAD_S)
    robot.activate("none")
    robot.move_to(goal, SPEED_RAD_S)
    assert robot.motion_outcome is None and robot.modes.mode is RobotMode.MOVE
    simulation.advance(4.0)
    assert robot.motion_outcome == "" and robot.modes.mode is RobotMode.IDLE and robot.reflexes == []
    np.testing.assert_allclose(simulation.arm.position_rad, goal, atol=1e-3)


@pytest.mark.parametrize(
    "goal, speed",
    [
        (np.zeros(6), SPEED_RAD_S),
        (np.full(7, np.nan), SPEED_RAD_S),
        (np.full(7, 9.0), SPEED_RAD_S),
        (None, np.zeros(7)),
    ],
)
def test_a_point_to_point_motion_that_cannot_be_is_refused(goal, speed):
    simulation = start(controller="none")
    with pytest.raises(CommandError):
        simulation.robot.move_to(simulation.profile.ready_rad if goal is None else goal, speed)
    assert simulation.robot.modes.mode is RobotMode.IDLE


def test_a_stopped_point_to_point_motion_tells_why():
    simulation = start(controller="none")
    simulation.robot.move_to(simulation.profile.ready_rad, 0.1 * SPEED_RAD_S)
    simulation.advance(0.3)
    simulation.robot.stop_motion("cancelled")
    simulation.advance(0.5)
    assert simulation.robot.motion_outcome == "cancelled" and simulation.robot.modes.mode is RobotMode.IDLE
    assert np.abs(simulation.arm.velocity_rad_s).max() < 1e-2


def stream(simulation, target, duration_s, stamp_lag_s=0.0):
    for _ in range(round(duration_s / 0.01)):
        simulation.robot.follow_target(target, simulation.time_s - stamp_lag_s)
        simulation.advance(0.01)


def test_streamed_targets_are_synced_to_and_then_followed():
    simulation = start(controller="stream")
    robot, target = simulation.robot, simulation.arm.position_rad + 0.05
    assert robot.follower.state is FollowerState.SYNCING
    stream(simulation, target, 1.0)
    assert robot.follower.state is FollowerState.FOLLOWING
    np.testing.assert_allclose(simulation.arm.position_rad, target, atol=3e-3)


def test_a_stale_target_takes_the_control_node_down_until_it_is_restarted():
    simulation = start(controller="stream")
    robot, here = simulation.robot, simulation.arm.position_rad
    stream(simulation, here, 0.3)
    simulation.robot.follow_target(here + 0.3, simulation.time_s - 1.0)
    simulation.advance(0.3)
    assert not robot.alive and robot.follower.state is FollowerState.INACTIVE
    np.testing.assert_allclose(simulation.arm.position_rad, here, atol=5e-3)
    with pytest.raises(ModeError, match="control node is down"):
        robot.activate("trajectory")
    with pytest.raises(CommandError, match="control node is down"):
        robot.follow(smooth(simulation, 0.1))
    robot.restart_control()
    assert robot.alive and robot.follower.state is FollowerState.SYNCING


def test_the_controller_that_is_not_active_is_not_obeyed():
    simulation = start(controller="stream")
    with pytest.raises(CommandError, match="trajectory controller is not active"):
        simulation.robot.follow(smooth(simulation, 0.1))
    simulation.robot.activate("trajectory")
    with pytest.raises(CommandError, match="stream controller is not active"):
        simulation.robot.follow_target(simulation.arm.position_rad, simulation.time_s)


def test_unknown_controllers_and_interfaces_list_the_known_ones():
    with pytest.raises(UnknownNameError, match="none, stream, trajectory"):
        start().robot.activate("cartesian")
    with pytest.raises(UnknownNameError, match="effort, position"):
        RobotOptions(interface="velocity")


def test_the_state_agrees_with_finite_differences_of_the_motion():
    simulation = start()
    simulation.robot.follow(smooth(simulation, [0.4, -0.3, 0.2, 0.3, -0.4, 0.2, 0.5]))
    simulation.advance(0.7)
    states = []
    for _ in range(3):
        simulation.advance(0.001)
        states.append(simulation.robot.state())
    tools = [(s.flange_desired @ s.end_effector_in_flange).position_m for s in states]
    speed = (tools[2] - tools[0]) / 0.002
    np.testing.assert_allclose(states[1].desired_twist[:3], speed, atol=1e-4)
    change = (states[2].desired_twist - states[0].desired_twist) / 0.002
    np.testing.assert_allclose(states[1].desired_cartesian_acceleration, change, atol=5e-3)
    np.testing.assert_allclose(
        states[1].torque_rate_nm_s, (states[1].torque_nm - states[0].torque_nm) * 1000, atol=1e-6
    )
