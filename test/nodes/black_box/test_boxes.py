"""Black boxes of real nodes: after a reflex, after a latched stop, on request; and where they cannot be written."""

import sys
from pathlib import Path

import numpy as np
import pytest
from std_srvs.srv import Trigger
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from midp_ros.blackbox import judge, read_recording
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros.conversions import duration_from_seconds

sys.path.append(str(Path(__file__).parents[1]))
PROFILE = RobotProfile.load("fr3")


def files(folder, name):
    return sorted(folder.glob(f"*_{name}_*.mcap")) if folder.is_dir() else []


def finished(folder, name):
    return [path for path in files(folder, name) if path.stat().st_size]


def jolt(client, graph):
    """A trajectory that steps by two centirad at once."""
    publisher = graph.probe.create_publisher(JointTrajectory, "/fr3_arm_controller/joint_trajectory", 10)
    assert graph.spin_until(lambda: publisher.get_subscription_count() and client.states)
    start = np.array(client.states[-1].measured_joint_state.position[:7])
    message = JointTrajectory(joint_names=list(PROFILE.joint_names))
    for after_s, off in ((0.0, 0.0), (0.001, 0.02), (0.5, 0.02)):
        point = JointTrajectoryPoint(positions=(start + off).tolist(), velocities=[0.0] * 7)
        point.time_from_start = duration_from_seconds(after_s)
        message.points.append(point)
    publisher.publish(message)


def test_the_stand_in_writes_a_file_after_a_reflex(graph, stand_in, tmp_path):
    client = stand_in(interface="position", blackbox_folder=str(tmp_path))
    jolt(client, graph)
    assert graph.spin_until(lambda: finished(tmp_path, "franka_simulation"), 60.0)
    (path,) = finished(tmp_path, "franka_simulation")
    recording = read_recording(path)
    assert recording.trigger.kind == "reflex"
    assert recording.about["task"] == "reach"
    verdict = judge(recording)
    assert verdict.limit.startswith("commanded ")
    assert verdict.culprit.value in ("shaping", "hand-over", "chunk")


def test_a_policy_writes_a_file_when_it_is_stopped_and_on_request(graph, stand_in, tmp_path):
    client = stand_in(blackbox_folder=str(tmp_path))
    node = graph.build(ExpertNode, task="reach", blackbox_folder=str(tmp_path))
    moved = graph.heard(graph.probe, JointTrajectory, "/fr3_arm_controller/joint_trajectory")
    assert graph.spin_until(lambda: client.states and len(moved) > 10, 30.0)  # the first five probe the delay
    assert graph.call(Trigger, "/expert/snapshot").success
    assert graph.spin_until(lambda: finished(tmp_path, "expert"), 60.0)
    assert graph.call(Trigger, "/expert/stop").success
    assert graph.spin_until(lambda: len(finished(tmp_path, "expert")) == 2, 60.0)
    asked, stopped = (read_recording(path) for path in finished(tmp_path, "expert"))
    assert (asked.trigger.kind, stopped.trigger.kind) == ("operator", "stop")
    assert asked.trajectories
    assert asked.chunks
    assert judge(stopped).culprit.value == "operator"
    assert node is not None


def test_a_folder_that_cannot_be_written_is_named_and_the_node_goes_on(graph, stand_in, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    client = stand_in(interface="position", blackbox_folder=str(blocked / "deeper"))
    logged = []
    client.node._box._service.writer._complain = logged.append
    jolt(client, graph)
    assert graph.spin_until(lambda: logged, 60.0)
    assert "cannot write a black box into" in logged[0]
    assert "set blackbox_folder" in logged[0]
    count = len(client.states)
    assert graph.spin_until(lambda: len(client.states) > count)


def test_none_is_kept_where_none_is_wanted(graph, stand_in):
    client = stand_in(blackbox=False)
    assert client.node._box._box is None
    assert not any(name.endswith("snapshot") for name, _ in client.node.get_service_names_and_types())


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """Nothing is written into the folder in which the tests run."""
    monkeypatch.chdir(tmp_path)
