"""The recorder over DDS: an operator's session, and faults that it names; and the evaluation's end."""

import json
import time

import numpy as np
import pytest
from other_process import other_process
from own_time import own_time
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from tf2_msgs.msg import TFMessage

from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.episodes import recorder_node, recording_watch
from midp_ros.nodes.episodes.episode_driver import EpisodeError
from midp_ros.nodes.episodes.evaluation_node import EvaluationNode
from midp_ros.nodes.episodes.recorder_node import RecorderNode
from midp_ros.nodes.episodes.recorder_services import LATCHED
from midp_ros.nodes.observations.readers import message_class
from midp_ros.nodes.observations.transform_listener import STATIC
from midp_ros.nodes.ros.conversions import action_message, joint_state_message, pose_message
from midp_ros.nodes.ros.frame_conversions import transform_message
from midp_ros.nodes.ros.parameters import ParameterError
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.recording import load_episodes, read_episode, recorded_info
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.repair import repair

CONTRACT, PROFILE = Contract.load("reach"), RobotProfile.load("fr3")
KINDS = {entry.topic: entry.type for entry in CONTRACT.observation}
ACTION = np.linspace(0.1, 0.9, CONTRACT.action_size)
POSE = Pose(np.array([0.5, 0.1, 0.3]), np.eye(3))


class Robot:
    """Publishes what the contract observes, an action and foreign messages beside it, at 50 Hz."""

    def __init__(self, graph):
        node = graph.probe
        self.topics = {topic: node.create_publisher(message_class(kind), topic, 10) for topic, kind in KINDS.items()}
        self.actions = node.create_publisher(JointState, "/person/action", 10)
        static = node.create_publisher(TFMessage, "/tf_static", STATIC)
        static.publish(TFMessage(transforms=[transform_message("fr3_link0", "camera", POSE, 0.0)]))
        self.silent, self.sent, self.last_action_s = set(), 0, 0.0
        self.timer = node.create_timer(0.02, self.publish)

    def publish(self):
        now_s = time.time()
        for topic, publisher in self.topics.items():
            if topic in self.silent:
                continue
            if KINDS[topic].endswith("PoseStamped"):
                publisher.publish(pose_message(POSE, "base", now_s))
            else:
                names = PROFILE.finger_joint_names if "gripper" in topic else PROFILE.joint_names
                position = PROFILE.ready_rad + 0.3 * np.sin(3 * now_s) if len(names) == 7 else np.full(2, 0.02)
                publisher.publish(joint_state_message(names, now_s, position))
        if now_s - self.last_action_s >= CONTRACT.step_s:
            self.last_action_s, self.sent = now_s, self.sent + 1
            self.actions.publish(action_message(CONTRACT, now_s, ACTION))


class Operator:
    """Calls the recorder's services."""

    def __init__(self, graph, folder, **parameters):
        self.graph, self.robot = graph, Robot(graph)
        self.node = graph.build(
            RecorderNode,
            **{"task": "reach", "out": str(folder), "by_operator": True, "policy": "person"},
            **{"resets": False, "bell": False, **parameters},
        )
        self.statuses = graph.heard(graph.probe, String, "/recorder/status", LATCHED)
        self.events = graph.heard(graph.probe, String, "/recorder/events")
        self.notes = graph.probe.create_publisher(String, "/recorder/note", 10)
        assert graph.spin_until(lambda: not self.node._recording.watch.warnings and self.status()), self.status()
        assert graph.spin_until(lambda: self.notes.get_subscription_count() > 0)

    def status(self):
        return json.loads(self.statuses[-1].data) if self.statuses else {}

    def call(self, verb):
        answer = self.graph.call(Trigger, f"/recorder/{verb}")
        return answer.success, answer.message

    def record(self, actions=4):
        done, said = self.call("start")
        assert done, said
        wanted = self.robot.sent + actions
        assert self.graph.spin_until(lambda: self.robot.sent >= wanted)


@pytest.fixture
def operator(graph, tmp_path):
    def begin(**parameters):
        return Operator(graph, tmp_path, **parameters)

    return begin


def test_an_operator_s_seeds_go_on_where_the_folder_ends(graph, operator, monkeypatch):
    """Episodes that a person labelled failures count, and a start that did not come about is repeated."""
    started = []

    class Scene:
        async def require_present(self):
            pass

        async def start(self, seed, before_moving):
            started.append(seed)
            if len(started) == 1:
                raise EpisodeError("no scene yet")

    one = operator(resets=True)
    about = {"task": "reach", "source": one.node._recording.setup.source}
    there = [{**about, "seed": 0, "success": True}, {**about, "seed": 2, "success": False}, {"seed": 1}]
    monkeypatch.setattr(recorder_node, "recorded_info", lambda folder: there)
    one.node._driver = Scene()
    answers = [one.call("start")[0] for _ in range(3)]
    assert (answers, started) == ([False, True, True], [1, 1, 3])


def test_one_call_does_not_start_two_recorders(graph, operator):
    one = operator()
    with other_process("recorder"):
        names = graph.probe.get_node_names
        assert graph.spin_until(lambda: names().count("recorder") == 2)
        done, said = one.call("start")
        assert not done and said.startswith("another node is called /recorder, too")
    assert graph.spin_until(lambda: names().count("recorder") == 1)
    assert one.call("start")[0]


def test_an_operator_records_labels_and_discards(graph, tmp_path, operator, capfd):
    one = operator(operator="Eve", before_s=0.5)
    assert one.status()["state"] == "idle" and one.status()["free_disk_mb"] > 0
    assert one.call("stop") == (False, "no episode is being recorded; start one first")
    one.record(8)
    assert graph.spin_until(lambda: one.status()["state"] == "recording" and one.status()["seconds"] > 0)
    assert not one.call("start")[0]
    one.notes.publish(String(data="clean"))
    assert graph.spin_until(lambda: any("clean" in event.data for event in one.events))
    done, said = one.call("success")  # stops and keeps it
    assert done and "episode_000000" in said and "labelled a success" in said
    one.record()
    assert one.call("stop")[0] and one.status()["state"] == "deciding"
    assert one.call("discard")[0]
    one.record()
    assert one.call("keep")[0]
    assert one.call("failure") == (True, f"{tmp_path}/episode_000001 is labelled a failure")
    assert graph.spin_until(lambda: one.status()["kept"] == 2 and one.status()["discarded"] == 1)
    episodes = load_episodes(tmp_path)
    info = episodes[0].info
    assert (info["success"], info["note"], info["operator"], info["source"]) == (True, "clean", "Eve", "person")
    assert info["software_version"] and episodes[1].failed and 7 <= len(episodes[0]), len(episodes[0])
    np.testing.assert_allclose(episodes[0].action, np.tile(ACTION, (len(episodes[0]), 1)))
    reader = BagReader(tmp_path / "episode_000001")  # what was published once is in every bag
    counts = {topic: 0 for topic in reader.kinds}
    for topic, _ in reader.messages():
        counts[topic] += 1
    assert counts["/tf_static"] == 1 and counts["/recorder/events"] >= 1
    assert reader.metadata("midp_robot")["name"] == "fr3"
    report = info["report"]["topics"]["/franka/joint_states"]
    assert report["lost"] == 0 and report["count"] > 8
    printed = capfd.readouterr().out
    assert "needed Hz" in printed and "/person/action" in printed


def test_a_publisher_that_is_lost_is_named_and_the_episode_kept(graph, tmp_path, operator, monkeypatch):
    monkeypatch.setattr(recording_watch, "SILENT_S", 0.4)
    one = operator()
    one.record()
    topic = "/task/goal_pose"
    graph.probe.destroy_publisher(one.robot.topics.pop(topic))
    one.robot.silent.add("/franka/joint_states")
    wanted = {
        "nothing on /franka/joint_states: its publisher is silent",
        f"nothing on {topic}: its publisher has left",
    }
    # On a busy machine others are silent for a while, too.
    assert graph.spin_until(lambda: wanted <= set(one.status()["warnings"])), one.status()
    graph.spin_for(0.5)  # a silence that no observation may last
    done, said = one.call("keep")
    assert done and "FLAGGED" in said
    (info,) = recorded_info(tmp_path)
    flags = " ".join(info["flags"])
    assert f"nothing on {topic}: its publisher has left" in flags and "was silent for" in flags
    assert len(read_episode(tmp_path / "episode_000000")) >= 2


def test_a_jump_of_the_clock_is_named(graph, tmp_path, operator, monkeypatch):
    one = operator()
    one.record()
    jump, ahead_s = [0.0], time.time() - time.monotonic()  # the machine's own clock may jump, too
    own_time(monkeypatch, recording_watch, time=lambda: time.monotonic() + ahead_s + jump[0])
    jump[0] = 0.25
    assert graph.spin_until(lambda: one.node._recording.watch.flags(), 5.0)
    assert one.call("keep")[0]
    assert "the clock jumped by +0.25 s" in recorded_info(tmp_path)[0]["flags"]


def test_a_disk_with_little_room_ends_the_episode_by_itself(graph, tmp_path, operator, monkeypatch):
    one = operator(least_free_mb=0.001)
    one.record()
    free = type(one.node._session)
    monkeypatch.setattr(free, "free_mb", property(lambda self: 0.0))
    assert graph.spin_until(lambda: one.status()["state"] == "deciding"), one.status()
    assert one.call("keep")[0]
    info = recorded_info(tmp_path)[0]
    assert "only 0 MB are free" in info["ended_by"]
    assert one.call("start")[1].startswith("no room for an episode")


def test_an_interruption_leaves_a_person_s_episode_to_be_repaired(graph, tmp_path, operator):
    one = operator()
    one.record()
    one.node.close()
    assert [p.name for p in tmp_path.iterdir()] == ["episode_000000.part"]
    graph.nodes.remove(one.node)
    one.node.destroy_node()
    one.node._session._lock = None
    assert len(read_episode(repair(tmp_path / "episode_000000.part").path)) >= 2


def test_the_scripted_expert_is_for_the_stand_in(graph, tmp_path):
    with pytest.raises(ParameterError, match="expert drives the simulated arm only"):
        graph.build(RecorderNode, task="reach", out=str(tmp_path), by_operator=True, resets=False)


def test_an_evaluation_that_ends_early_keeps_the_scores_so_far(graph, tmp_path):
    scores = tmp_path / "scores.json"
    node = graph.build(EvaluationNode, task="reach", episodes=5, json=str(scores))
    node.close()
    assert not scores.exists(), "no episode was run to its end"
    report = TaskReport("reach", "fr3", 7, 1, 2.0, True, True, 0.002, 0.01)
    node._report.end(report, {"action": 20}, 0.0, 2.0)
    node.close()
    assert '"seed": 7' in scores.read_text()


@pytest.mark.parametrize("policy", ["", " , "])
def test_a_recording_of_an_arm_that_nothing_drives_is_refused(graph, tmp_path, policy):
    """As with `midp launch record teleop:=`: an arm would start, and no node would drive it."""
    with pytest.raises(ParameterError, match="policy names no node that drives the arm: expert, teleop, guiding"):
        graph.build(RecorderNode, task="reach", out=str(tmp_path), by_operator=True, policy=policy)
