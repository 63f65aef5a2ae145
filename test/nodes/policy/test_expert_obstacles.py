"""The expert over ROS among obstacles: it plans beside its loop, goes around, or is held with the reason."""

import pytest
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.ros.status_conversions import values_from_status
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.nodes.stand_in.simulation_node import SimulationNode

WALL = "obstacles: [{name: wall, shape: box, size_m: [0.04, 0.3, 0.35], position_m: [0.48, 0.1, 0.175]}]\n"
ROOM = "obstacles: [{name: ceiling, shape: box, size_m: [2, 2, 0.02], position_m: [0, 0, 0.3]}]\n"


@pytest.fixture
def scene(graph, tmp_path):
    def start(text, in_the_way, seed=1):
        (tmp_path / "scene.yaml").write_text(text)
        statuses = graph.heard(graph.probe, DiagnosticStatus, "/task/status")
        diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
        file = str(tmp_path / "scene.yaml")
        graph.build(SimulationNode, task="reach", seed=seed, **({"obstacles": file} if in_the_way else {}))
        graph.build(ExpertNode, task="reach", planner="builtin", obstacles=file)
        reasons = lambda: [values_from_status(s)["hold_reason"] for m in diagnostics for s in m.status]  # noqa: E731
        return statuses, reasons

    return start


def test_it_goes_around_a_wall_and_is_never_late(graph, scene, long_episodes):
    statuses, reasons = scene(WALL, in_the_way=True)
    assert graph.spin_until(lambda: statuses and TaskReport.from_message(statuses[-1]).done, 70.0)
    assert TaskReport.from_message(statuses[-1]).success and not any("too slow" in reason for reason in reasons())


def test_without_a_way_the_arm_is_held_and_the_diagnostics_say_why(graph, scene):
    _, reasons = scene(ROOM, in_the_way=False)
    assert graph.spin_until(lambda: any("box 'ceiling'" in reason for reason in reasons()), 20.0), reasons()[-1:]
