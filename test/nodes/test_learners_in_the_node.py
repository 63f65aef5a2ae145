"""What each learner exports runs in the policy node: its chunks command the arm."""

import pytest
from sensor_msgs.msg import JointState
from standing_robot import CONTRACT, PROFILE, StandingRobot
from trajectory_msgs.msg import JointTrajectory as JointTrajectoryMessage

torch = pytest.importorskip("torch")

from midp_ros.core.contract import Contract  # noqa: E402
from midp_ros.kinematics import ArmModel  # noqa: E402
from midp_ros.learning.checkpoint import Checkpoint  # noqa: E402
from midp_ros.learning.config import TrainConfig  # noqa: E402
from midp_ros.learning.export import export_onnx  # noqa: E402
from midp_ros.nodes.policy.policy_node import PolicyNode  # noqa: E402

SMALL = {"model": {"channels": [16], "embedding": 16}, "diffusion": {"sampling_steps": 1}}
JOINTS = Contract.load("trace_joints")
FEW = {"components": 3, "chains": 2, "langevin_steps": 1, "descent_steps": 1}
FLOW = {"points": ["goal_position"], "task": ["goal_rotation"], "sees": ["tool_rotation"], "play": "play"}
LEARNERS = {
    "diffusion": {},
    "bc": {"learner": {"name": "bc", "hidden": [16]}},
    "bc mixture": {"learner": {"name": "bc", "head": "mixture", "components": 2, "hidden": [16]}},
    "bc_sde": {"learner": {"name": "bc_sde", "hidden": [16]}},
    "ebm": {"learner": {"name": "ebm", "hidden": [16], "energy_hidden": [16], **FEW}},
    "ik_net": {"learner": {"name": "ik_net", "hidden": [16]}},
    "flow_points": {"learner": {"name": "flow_points", **FLOW}},
    **{
        name: {"learner": {"name": name, "hidden": [16]}, "context": {"executed": 1, "ahead": 3}}
        for name in ("gail", "gail_gp", "drail", "dil")
    },
}


@pytest.mark.parametrize("name", LEARNERS)
def test_its_chunks_command_the_arm(graph, tmp_path, name):
    config = TrainConfig.from_dict({"name": "test", "data": "data", **SMALL, **LEARNERS[name]})
    contract = JOINTS if name == "ik_net" else CONTRACT
    untrained = Checkpoint.untrained(contract, config)
    # As if all demonstrations had stood still: what it says keeps to within millimetres of where the arm is.
    ready = ArmModel(PROFILE).forward(PROFILE.ready_rad)
    untrained.ema["action_normalizer.half_range"].fill_(1e-3)
    for entry, still in (("tool_rotation", ready.rotation6), ("joint_position", PROFILE.ready_rad)):
        if (place := contract.action_slices.get(entry)) is not None:
            untrained.ema["action_normalizer.center"][:, place] = torch.tensor(still, dtype=torch.float32)
    export_onnx(untrained, tmp_path / "model.onnx")

    StandingRobot(graph)
    sent = graph.heard(graph.probe, JointTrajectoryMessage, "/fr3_arm_controller/joint_trajectory")
    actions = graph.heard(graph.probe, JointState, "/policy/action")
    graph.build(
        PolicyNode, model=str(tmp_path / "model.onnx"), change_on_the_way="assumed", max_observation_age_s=1.5
    )
    assert graph.spin_until(lambda: len(sent) > 3 and len(actions) > 3)
