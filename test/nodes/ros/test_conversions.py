"""Messages and core's types: there and back, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.errors import CommandError, ObservationError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose, matrix_from_rotation_vector
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.observations.readers import entry_reader
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros.task_status import TaskReport

CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "pick.yaml")
PROFILE = RobotProfile.load("fr3")
NAMES = PROFILE.joint_names


def test_times_go_there_and_back():
    for time_s in (0.0, 0.1, 1.7e9 + 0.25, 12.999999999):
        assert c.seconds_from_stamp(c.stamp_from_seconds(time_s)) == time_s
        assert c.seconds_from_stamp(c.duration_from_seconds(time_s)) == time_s


def test_poses_go_there_and_back():
    rng = np.random.default_rng(0)
    for _ in range(100):
        pose = Pose(rng.normal(size=3), matrix_from_rotation_vector(rng.normal(size=3)))
        message = c.pose_message(pose, "base", 3.5)
        back = c.pose_from_message(message)
        np.testing.assert_array_equal(back.position_m, pose.position_m)
        np.testing.assert_allclose(back.rotation, pose.rotation, atol=1e-14)
        assert message.header.frame_id == "base" and c.seconds_from_stamp(message.header.stamp) == 3.5


@pytest.mark.parametrize(
    "field, words", [("position", "position is not finite"), ("orientation", "not a unit quaternion")]
)
def test_a_pose_with_nan_is_refused(field, words):
    message = c.pose_message(Pose(np.zeros(3), np.eye(3)), "base", 0.0)
    getattr(message.pose, field).x = float("nan")
    with pytest.raises(ObservationError, match=words):
        c.pose_from_message(message)


def test_a_pose_without_a_rotation_is_refused():
    message = c.pose_message(Pose(np.zeros(3), np.eye(3)), "base", 0.0)
    message.pose.orientation.w = 0.0
    with pytest.raises(ObservationError, match="not a unit quaternion"):
        c.pose_from_message(message)


def test_joint_states_are_read_by_name_in_any_order():
    values = np.linspace(-1, 1, 7)
    order = np.random.default_rng(1).permutation(7)
    message = c.joint_state_message([*np.array(NAMES)[order], "other"], 1.0, [*values[order], 9.0])
    np.testing.assert_array_equal(c.joints_from_message(message, NAMES), values)


def test_bad_joint_states_name_the_joint():
    good = np.linspace(-1, 1, 7)
    with pytest.raises(ObservationError, match="lacks 'fr3_joint3'"):
        keep = [0, 1, 3, 4, 5, 6]
        c.joints_from_message(c.joint_state_message(np.array(NAMES)[keep].tolist(), 0.0, good[keep]), NAMES)
    with pytest.raises(ObservationError, match="position of 'fr3_joint5' is nan"):
        bad = good.copy()
        bad[4] = np.nan
        c.joints_from_message(c.joint_state_message(NAMES, 0.0, bad), NAMES)
    with pytest.raises(ObservationError, match="7 names but 6 values of position"):
        c.joints_from_message(c.joint_state_message(NAMES, 0.0, good[:6]), NAMES)
    with pytest.raises(ObservationError, match="7 names but 0 values of velocity"):
        c.joints_from_message(c.joint_state_message(NAMES, 0.0, good), NAMES, "velocity")
    with pytest.raises(ObservationError, match="names a joint twice"):
        c.joints_from_message(c.joint_state_message([*NAMES, NAMES[0]], 0.0, [*good, 0.0]), NAMES)


def trajectory():
    rng = np.random.default_rng(2)
    accelerations = np.concatenate([rng.normal(size=(4, 7)), np.full((1, 7), np.nan)])
    return JointTrajectory(10.0 + 0.1 * np.arange(5), *rng.normal(size=(2, 5, 7)), accelerations)


def test_trajectories_go_there_and_back_in_any_joint_order():
    there = trajectory()
    message = c.trajectory_message(there, NAMES)
    reverse = list(range(7))[::-1]
    message.joint_names = [message.joint_names[i] for i in reverse]
    for point in message.points:
        point.positions = [point.positions[i] for i in reverse]
        point.velocities = [point.velocities[i] for i in reverse]
        point.accelerations = [point.accelerations[i] for i in reverse if point.accelerations]
    back = c.trajectory_from_message(message, NAMES, arrival_s=99.0)
    np.testing.assert_allclose(back.time_s, there.time_s, atol=1e-9)
    np.testing.assert_array_equal(back.position_rad, there.position_rad)
    np.testing.assert_array_equal(back.velocity_rad_s, there.velocity_rad_s)
    np.testing.assert_array_equal(back.acceleration_rad_s2, there.acceleration_rad_s2)
    assert len(message.points[0].accelerations) == 7 and not message.points[4].accelerations


def test_points_may_carry_positions_alone():
    there = JointTrajectory(np.array([1.0, 2.0]), np.stack([np.zeros(7), np.ones(7)]))
    message = c.trajectory_message(there, NAMES)
    assert not message.points[0].velocities and not message.points[0].accelerations
    back = c.trajectory_from_message(message, NAMES, 0.0)
    np.testing.assert_allclose(back.sample(1.25)[0], 0.25)


def test_a_trajectory_without_stamp_starts_on_arrival():
    message = c.trajectory_message(trajectory(), NAMES)
    message.header.stamp = c.stamp_from_seconds(0.0)
    assert c.trajectory_from_message(message, NAMES, arrival_s=99.0).time_s[0] == 99.0


def drop_joint(message):
    message.joint_names = list(message.joint_names)[:6]


def unknown_joint(message):
    message.joint_names = [*list(message.joint_names)[:6], "elbow"]


def no_points(message):
    message.points = []


def nan_point(message):
    message.points[1].positions[2] = float("nan")


def infinite_velocity(message):
    message.points[1].velocities[2] = float("inf")


def short_point(message):
    message.points[1].positions = [0.0] * 6


def short_accelerations(message):
    message.points[1].accelerations = [0.0] * 6


def no_velocities(message):
    message.points[1].velocities = []


def efforts(message):
    message.points[1].effort = [0.0] * 6 + [1.0]


def twice_the_same_joint(message):
    message.joint_names = [*list(message.joint_names)[:6], message.joint_names[0]]


def backwards(message):
    message.points[2].time_from_start = message.points[0].time_from_start


@pytest.mark.parametrize(
    "spoil, words",
    [
        (drop_joint, "must name all of"),
        (unknown_joint, "must name all of"),
        (no_points, "no points"),
        (nan_point, "point 1 is not finite"),
        (infinite_velocity, "point 1 is not finite"),
        (short_point, "point 1 has 6 positions for 7 joints"),
        (short_accelerations, "point 1 has 6 accelerations for 7 joints"),
        (no_velocities, "accelerations without velocities"),
        (efforts, "point 1 carries efforts"),
        (twice_the_same_joint, "must name all of"),
        (backwards, "times must increase"),
    ],
)
def test_bad_trajectories_are_refused(spoil, words):
    message = c.trajectory_message(trajectory(), NAMES)
    spoil(message)
    with pytest.raises(CommandError, match=words):
        c.trajectory_from_message(message, NAMES, 0.0)


def test_a_streamed_target_is_its_stamp_and_its_positions_whatever_the_names():
    stamp_s, target = c.target_from_message(c.joint_state_message(NAMES[::-1], 5.0, np.arange(7.0)))
    assert stamp_s == 5.0
    np.testing.assert_array_equal(target, np.arange(7.0))
    assert c.target_from_message(c.joint_state_message([], 0.0, np.arange(6.0)))[0] == 0.0


def test_actions_go_there_and_back():
    action = np.random.default_rng(3).normal(size=CONTRACT.action_size)
    message = c.action_message(CONTRACT, 12.5, action)
    assert message.name[0] == "tool_position[0]" and message.name[-1] == "gripper_width[0]"
    time_s, back = c.action_from_message(CONTRACT, message)
    assert time_s == 12.5
    np.testing.assert_array_equal(back, action)


def test_task_reports_go_there_and_back():
    report = TaskReport("pick", "fr3", 10003, 7, 1.25, True, False, 0.012345678901, 0.1)
    assert TaskReport.from_message(report.to_message()) == report
    message = report.to_message()
    message.values = [v for v in message.values if v.key not in ("missing", "reflexes")]
    assert TaskReport.from_message(message) == report, "what a simulation of an older version does not say"
    message.values = [v for v in message.values if v.key != "seed"]
    with pytest.raises(ObservationError, match="'seed'"):
        TaskReport.from_message(message)


def test_a_task_report_s_outcome_names_what_was_missing():
    failed = TaskReport("pick", "fr3", 1, 1, 20.0, False, True, 0.1, 0.1, 0, "the cube is not lifted (by 2 mm)")
    assert failed.outcome() == "failure after 20.0 s: the cube is not lifted (by 2 mm)"
    assert replace(failed, success=True, elapsed_s=5.0, missing="").outcome() == "success after 5.0 s"


def test_every_contract_entry_can_be_read():
    pose = Pose(np.array([1.0, 2.0, 3.0]), matrix_from_rotation_vector([0.1, 0.2, 0.3]))
    arm = c.joint_state_message(NAMES, 0.0, np.arange(7.0))
    fingers = c.joint_state_message(PROFILE.finger_joint_names, 0.0, [0.011, 0.013])
    tool = c.pose_message(pose, "base", 0.0)
    messages = {"joint_position": arm, "gripper_width": fingers}
    wanted = {"joint_position": np.arange(7.0), "gripper_width": [0.024]}
    for entry in CONTRACT.observation:
        value = entry_reader(entry, PROFILE)(messages.get(entry.name, tool))
        other = pose.position_m if entry.size == 3 else pose.rotation6
        np.testing.assert_allclose(value, wanted.get(entry.name, other), atol=1e-14)
