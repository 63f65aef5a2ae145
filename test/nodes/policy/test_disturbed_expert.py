"""The expert's noise over ROS: commands are disturbed, the actions that are published are not."""

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.core.window import ObservationWindow
from midp_ros.expert import make_expert
from midp_ros.kinematics import ArmModel, ToolTracker
from midp_ros.nodes.policy.disturbed_expert import DisturbedExpert, DisturbedTracker

CONTRACT, MODEL = Contract.load("reach"), ArmModel("fr3")
READY = MODEL.profile.ready_rad


def test_the_chunk_stays_the_experts_and_the_motion_goes_beside_it():
    tool = MODEL.forward(READY)
    values = {
        "joint_position": READY, "tool_position": tool.position_m, "tool_rotation": tool.rotation6,
        "goal_position": tool.position_m + [0.1, 0, 0], "goal_rotation": tool.rotation6,
    }  # fmt: skip
    window = ObservationWindow(CONTRACT)
    window.push(0.0, {e.name: values[e.name] for e in CONTRACT.observation})
    disturbed, plain = DisturbedExpert(make_expert("reach", CONTRACT), 0.05), make_expert("reach", CONTRACT)
    tracker = DisturbedTracker(ToolTracker(MODEL, CONTRACT), disturbed.disturbance)
    away_m = []
    for seed in range(6):
        disturbed.reset(seed)
        plain.reset(seed)
        chunk = disturbed.act(window)
        np.testing.assert_array_equal(chunk.actions, plain.act(window).actions)
        for _ in range(10):  # every seventh chunk is pushed off
            ends = [t.motion(chunk, READY, np.zeros(7)).whole().position_rad[-1] for t in (tracker, tracker.tracker)]
            first, second = (MODEL.forward(end).position_m for end in ends)
            away_m.append(np.linalg.norm(first - second))
    assert max(away_m) > 1e-3 and disturbed.contract is CONTRACT
