"""The policy loop as a real node, on a robot made of publishers: good input, bad input, lifecycle."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState, GetState
from nav_msgs.msg import Path as PathMessage
from sensor_msgs.msg import JointState
from standing_robot import CONTRACT, CONTRACTS, PROFILE, StandingRobot
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

from midp_ros.control import HandOverError
from midp_ros.core.errors import ContractMismatchError, FileFormatError, UnknownNameError
from midp_ros.kinematics import ArmModel
from midp_ros.nodes.policy import policy_node
from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.policy.policy_node import PolicyNode
from midp_ros.nodes.ros import conversions as c
from midp_ros.nodes.ros.status_conversions import values_from_status


class Bench:
    def __init__(self, graph, **parameters):
        self.graph = graph
        self.trajectories = graph.heard(graph.probe, JointTrajectoryMessage, "/fr3_arm_controller/joint_trajectory")
        self.targets = graph.heard(graph.probe, JointState, "/joint_follower_controller/joint_targets", 200)
        self.actions = graph.heard(graph.probe, JointState, "/expert/action")
        self.diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
        parameters = {"change_on_the_way": "assumed", **parameters}  # a standing robot has no controller
        self.node = graph.build(ExpertNode, task="reach", max_observation_age_s=1.5, **parameters)

    def runs(self):
        self.trajectories.clear()
        return self.graph.spin_until(lambda: len(self.trajectories) > 3)

    def reason(self):
        statuses = [s for m in self.diagnostics for s in m.status]
        return values_from_status(statuses[-1])["hold_reason"] if statuses else ""

    def holds(self, words, still=True):
        """The arm is brought to rest, nothing more is sent for a while, and the diagnostics say why."""
        self.diagnostics.clear()
        assert self.graph.spin_until(lambda: words in self.reason()), words
        if not still:
            return
        self.graph.spin_for(0.2)  # what is still on its way
        last = self.trajectories[-1]
        assert not np.any(last.points[-1].velocities)
        count = len(self.trajectories)
        self.graph.spin_for(0.3)
        assert len(self.trajectories) == count

    def transition(self, number):
        request = ChangeState.Request()
        request.transition.id = number
        return self.graph.call(ChangeState, "/expert/change_state", request).success


@pytest.fixture
def robot(graph):
    return StandingRobot(graph)


def test_it_starts_from_the_measured_state_and_publishes_actions_and_diagnostics(graph, robot):
    bench = Bench(graph)
    assert graph.spin_until(lambda: bench.trajectories and len(bench.actions) > 2 and bench.diagnostics)
    first = c.trajectory_from_message(bench.trajectories[0], PROFILE.joint_names, 0.0)
    np.testing.assert_array_equal(first.position_rad[0], robot.ready)
    speed = np.abs(np.diff(first.position_rad, axis=0)).max(axis=0) / CONTRACT.step_s
    assert (speed <= PROFILE.velocity_max_rad_s).all()
    stamps = []
    for message in bench.actions:
        stamp, action = c.action_from_message(CONTRACT, message)
        assert np.linalg.norm(action[:3] - robot.poses[robot.tool].position_m) < 0.1
        stamps.append(stamp)
    assert (np.diff(stamps) > 0).all()
    values = {}

    def chunk_is_out():
        values.update(values_from_status(bench.diagnostics[-1].status[0]))
        return values["chunk_age_s"] != "nan"

    assert graph.spin_until(chunk_is_out)
    assert {"state", "hold_reason", "observation_age_s", "chunk_latency_s", "chunks"} <= set(values)
    assert {"robot_mode", "provider", "chunk_age_s", "control_step_jitter_p99_s", "missed_control_steps"} <= set(values)
    assert 0 <= float(values["chunk_age_s"]) < 10


def test_the_planned_path_leads_from_the_tool_towards_the_goal(graph, robot):
    paths = graph.heard(graph.probe, PathMessage, "/expert/planned_path")
    bench = Bench(graph)
    assert bench.runs() and graph.spin_until(lambda: paths)
    path = paths[0]
    assert path.header.frame_id == "fr3_link0"
    start, goal = (robot.poses[p].position_m for p in (robot.tool, robot.goal))
    poses = [c.pose_from_message(p) for p in path.poses]
    away = [np.linalg.norm(goal - x) for x in (start, *(p.position_m for p in poses))]
    assert len(poses) > 1 and (np.diff(away) < 0).all()
    np.testing.assert_allclose(poses[-1].rotation, robot.poses[robot.goal].rotation, atol=1e-6)
    stamps = [c.seconds_from_stamp(m.header.stamp) for m in (path, *path.poses)]
    np.testing.assert_allclose(np.diff(stamps), CONTRACT.step_s, atol=1e-6)


def test_who_cannot_inpaint_is_refused_at_the_start(graph):
    with pytest.raises(HandOverError, match="ScriptedExpert cannot"):
        graph.build(ExpertNode, task="reach", handover="inpaint")


def without_joint_3(message):
    message.name = [n for n in message.name if n != "fr3_joint3"]
    message.position = list(message.position)[:6]


def with_nan(message):
    message.position[1] = float("nan")


@pytest.mark.parametrize("spoil, words", [(without_joint_3, "lacks 'fr3_joint3'"), (with_nan, "'fr3_joint2' is nan")])
def test_bad_joint_states_hold_the_arm_say_why_and_good_ones_resume(graph, robot, spoil, words):
    bench = Bench(graph)
    assert bench.runs()
    robot.spoil_arm = spoil
    bench.holds(words)
    robot.spoil_arm = lambda message: None
    assert bench.runs()


def goal_at(*position_m):
    return lambda robot: robot.poses.__setitem__(
        robot.goal, replace(robot.poses[robot.goal], position_m=np.array(position_m))
    )


@pytest.mark.parametrize(
    "spoil, words",
    [
        (goal_at(0.05, 0.0, 0.1), "in the robot's base"),
        (goal_at(0.4, 0.0, -0.1), "under the table, whose height is 0 m"),
        (goal_at(1.5, 0.0, 0.3), "the arm reaches 0.95 m"),
        (goal_at(0.4, -0.4, 0.3), "goal_position: it jumped by"),
    ],
)
def test_goals_that_perception_cannot_mean_hold_and_good_ones_resume(graph, robot, spoil, words):
    bench, good = Bench(graph), robot.poses[robot.goal]
    assert bench.runs()
    spoil(robot)
    bench.holds(words, still=False)
    robot.poses[robot.goal] = good
    assert bench.runs()


def test_a_quaternion_that_is_no_rotation_holds(graph, robot):
    bench = Bench(graph)
    assert bench.runs()
    robot.spoil_pose = lambda message: setattr(message.pose.orientation, "w", message.pose.orientation.w + 0.5)
    bench.holds("not a unit quaternion")


def test_a_goal_in_another_frame_holds_and_names_both(graph, robot):
    bench = Bench(graph)
    assert bench.runs()
    robot.frame = "camera_color_optical_frame"
    bench.holds("in frame 'camera_color_optical_frame', the contract's is 'fr3_link0' or 'base'")


def test_a_motion_into_the_table_is_not_sent(graph, robot):
    bench = Bench(graph, table_height_m=0.45, check_plausibility=False)
    robot.poses[robot.goal] = replace(robot.poses[robot.goal], position_m=np.array([0.45, 0.0, 0.3]))

    def told():
        return "planned motion would bring the fingers into the table" in bench.reason()

    assert graph.spin_until(told), bench.reason()
    lowest_m = [
        ArmModel(PROFILE).forward(q).position_m[2]
        for message in bench.trajectories
        for q in c.trajectory_from_message(message, PROFILE.joint_names, 0.0).position_rad
    ]
    assert min(lowest_m, default=1.0) > 0.43


@pytest.mark.parametrize("wrong", [{"robot": "panda"}, {"robot_type": "panda"}])
def test_a_model_of_another_robot_is_refused(graph, wrong):
    with pytest.raises(ContractMismatchError, match="contract is for robot 'fr3', .*'panda'"):
        graph.build(PolicyNode, model="reach", **wrong)


def test_a_node_that_begins_by_holding_says_until_when(graph, robot):
    bench = Bench(graph, held=True)
    assert graph.spin_until(lambda: "until /expert/resume is called, as a deployment does by itself" in bench.reason())
    assert not bench.actions


def test_a_script_drives_any_robot(graph):
    assert graph.build(ExpertNode, task="reach", robot="panda").get_name() == "expert"


def test_reordered_joint_states_are_fine(graph, robot):
    def reverse(message):
        message.name, message.position = list(message.name)[::-1], list(message.position)[::-1]

    robot.spoil_arm = reverse
    bench = Bench(graph)
    assert graph.spin_until(lambda: bench.trajectories)
    first = c.trajectory_from_message(bench.trajectories[0], PROFILE.joint_names, 0.0)
    np.testing.assert_array_equal(first.position_rad[0], robot.ready)


def test_stale_observations_hold_and_fresh_ones_resume(graph, robot):
    bench = Bench(graph)
    assert bench.runs()
    robot.age_s = 3.0
    bench.holds("stale observation")
    robot.age_s = 0.0
    assert bench.runs()


def test_a_vanished_controller_holds_and_a_new_one_alone_does_not_resume(graph, robot):
    bench = Bench(graph)
    assert bench.runs()
    topic = "/fr3_arm_controller/joint_trajectory"
    for subscription in [s for s in graph.probe.subscriptions if s.topic_name == topic]:
        graph.probe.destroy_subscription(subscription)
    told = lambda: " ".join(values_from_status(m.status[0])["hold_reason"] for m in bench.diagnostics)  # noqa: E731
    assert graph.spin_until(lambda: "the controller has vanished" in told()), told()
    bench.trajectories = graph.heard(graph.probe, JointTrajectoryMessage, topic)
    graph.spin_for(0.5)
    assert not bench.trajectories
    assert graph.call(Trigger, "/expert/resume").success
    assert bench.runs()


def test_without_a_controller_it_waits_and_serves_nothing_while_it_is_inactive(graph, robot):
    bench = Bench(graph, output="stream", stream_topic="nobody/joint_targets")
    assert graph.spin_until(lambda: bench.diagnostics)
    values = values_from_status(bench.diagnostics[-1].status[0])
    assert values["state"] == "waiting" and "no active controller" in values["hold_reason"]
    assert bench.transition(4)
    assert not graph.call(Trigger, "/expert/stop").success


def test_a_silent_robot_is_waited_for(graph):
    bench = Bench(graph)
    assert graph.spin_until(lambda: bench.diagnostics)
    values = values_from_status(bench.diagnostics[-1].status[0])
    assert values["state"] == "waiting" and "/franka/joint_states" in values["hold_reason"]
    assert not bench.trajectories


def test_deactivated_it_stops_and_activated_it_starts_from_where_the_arm_is(graph, robot):
    bench = Bench(graph)
    assert bench.runs()
    assert bench.transition(4)
    graph.spin_for(0.2)
    assert not np.any(bench.trajectories[-1].points[-1].velocities)
    bench.trajectories.clear()
    graph.spin_for(0.4)
    assert not bench.trajectories
    robot.ready = robot.ready + 0.3
    graph.spin_for(0.1)
    assert bench.transition(3)
    assert graph.spin_until(lambda: bench.trajectories)
    np.testing.assert_allclose(bench.trajectories[0].points[0].positions, robot.ready)


def test_a_transition_that_makes_no_sense_is_refused_and_the_node_lives_on(graph, robot):
    bench = Bench(graph)
    assert not bench.transition(1), "configure while active: rclpy alone would end the process here"
    assert graph.call(GetState, "/expert/get_state").current_state.label == "active"
    assert bench.transition(4)


def test_cleaned_up_it_can_be_configured_again(graph, robot):
    bench = Bench(graph, autostart=False)
    assert graph.call(GetState, "/expert/get_state").current_state.label == "unconfigured"
    for number in (1, 3, 4, 2, 1, 3):
        assert bench.transition(number), number
    assert bench.runs()


def test_it_streams_targets_instead(graph, robot):
    bench = Bench(graph, output="stream")
    bench.node.create_subscription(JointState, "/joint_follower_controller/joint_targets", robot.follow, 1)
    assert graph.spin_until(lambda: len(bench.targets) > 60)
    assert not bench.trajectories
    stamps = [c.seconds_from_stamp(m.header.stamp) for m in bench.targets]
    assert np.median(np.diff(stamps)) > 0.008  # 100 Hz, or less on a busy machine
    positions = np.array([m.position for m in bench.targets])
    # On a busy machine two targets may come at once; a step at a hand-over would be seen all the same.
    speeds = np.abs(np.diff(positions, axis=0)) / np.maximum(np.diff(stamps), 0.005)[:, None]
    assert (speeds <= 1.2 * PROFILE.velocity_max_rad_s).all()  # no step anywhere, hand-overs included

    def keys():
        return set(values_from_status(bench.diagnostics[-1].status[0])) if bench.diagnostics else set()

    figures = {"stream_jitter_p99_s", "stream_jitter_max_s", "missed_stream_deadlines", "chunk_latency_p50_s"}
    figures |= {"chunk_latency_p99_s", "observation_to_command_p99_s", "chunk_age_s", "provider"}
    assert graph.spin_until(lambda: figures <= keys()), keys()
    assert bench.transition(4)
    assert graph.spin_until(lambda: not np.any(bench.targets[-1].velocity))
    graph.spin_for(0.2)
    bench.targets.clear()
    graph.spin_for(0.2)
    assert not bench.targets


class Model:
    """Stands for a model file with a contract of its own."""

    path = Path("models/other.onnx")
    executed_steps = 8

    def __init__(self, path, threads, provider):
        self.contract = replace(CONTRACT, rate_hz=20.0)

    def reset(self, seed):
        pass


def test_a_model_of_another_contract_is_refused_with_the_first_difference(graph, monkeypatch):
    monkeypatch.setattr(policy_node, "OnnxPolicy", Model)
    with pytest.raises(ContractMismatchError, match=r"models/other.onnx differs .* rate_hz: 20.0 != 10.0"):
        graph.build(PolicyNode, model="other.onnx", contract=str(CONTRACTS / "reach.yaml"))
    node = graph.build(PolicyNode, model="other.onnx", contract=str(CONTRACTS / "reach.yaml"), autostart=False)
    request = ChangeState.Request()
    request.transition.id = 1
    assert not graph.call(ChangeState, "/policy/change_state", request).success
    assert graph.call(GetState, "/policy/get_state").current_state.label == "unconfigured"
    assert node.get_name() == "policy"


def test_a_damaged_or_missing_model_is_named(graph, tmp_path):
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    for name in ("bad.onnx", "none.onnx"):
        with pytest.raises(FileFormatError, match=name):
            graph.build(PolicyNode, model=str(tmp_path / name))


def test_unknown_tasks_robots_and_outputs_list_the_known_ones(graph):
    with pytest.raises(UnknownNameError, match="unknown robot 'ur5'; known: fr3"):
        graph.build(ExpertNode, task="reach", robot="ur5")
    with pytest.raises(UnknownNameError, match="known: stream, trajectory"):
        graph.build(ExpertNode, task="reach", output="telepathy")
    with pytest.raises(UnknownNameError, match="known: avoid, "):
        graph.build(ExpertNode, task="fly")
