"""Take-over: who drives when, what the learned policy sees, and its chunks at the person's rate."""

import numpy as np
import pytest

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, angle_between, rotation_about_z
from midp_ros.core.window import ObservationWindow, action_vector, observation_vector
from midp_ros.kinematics import ArmModel
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.chunk_path import ChunkPath
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput, Velocity
from midp_ros.teleop.operator_input import OperatorInput
from midp_ros.teleop.take_over import CORRECTION, POLICY, TakeOver, TakeOverSettings, take_over_contract
from midp_ros.teleop.teleoperation import Teleoperation

CONTRACT = Contract.load("pick")
MODEL = ArmModel("fr3")
READY = MODEL.profile.ready_rad
TOOL = MODEL.forward(READY)
STEP_S = 0.01


class Drifting:
    """A learned policy that drifts along x, 1 cm a step, and closes the gripper."""

    contract, executed_steps = CONTRACT, 8

    def __init__(self):
        self.resets, self.asked, self.fail = [], [], False

    def reset(self, seed):
        self.resets.append(seed)

    def act(self, window):
        if self.fail:
            raise ValueError("the network has burnt down")
        self.asked.append(window.array())
        tool = window.array()[-1][CONTRACT.observation_slices["tool_position"]]
        rows = [
            action_vector(
                CONTRACT,
                {"tool_position": tool + [0.01 * (k + 1), 0, 0], "tool_rotation": TOOL.rotation6, "gripper_width": 0.0},
            )
            for k in range(15)
        ]
        return ActionChunk(np.stack(rows), window.time_s, CONTRACT.step_s)


class Session:
    def __init__(self, submit=lambda job: job(), **settings):
        self.stick, self.learned, self.time_s = QueuedDevice("stick", silence_is_release=True), Drifting(), 0.0
        contract = take_over_contract(CONTRACT, 100.0)
        self.person = Teleoperation(contract, OperatorInput(Arbiter([self.stick])), MODEL, lambda: self.time_s)
        self.policy = TakeOver(self.learned, self.person, TakeOverSettings(**settings), submit)
        self.policy.reset(5)
        self.window = ObservationWindow(contract)

    def run(self, duration_s, share=0.0, events=(), perceived=True):
        """The last chunk; `share` along y."""
        for _ in range(round(duration_s / STEP_S)):
            self.time_s = round(self.time_s + STEP_S, 3)
            if share or events:
                self.stick.put(DeviceInput(self.time_s, Velocity(np.array([0, share, 0]), np.zeros(3)), events=events))
                events = ()
            values = {
                "joint_position": READY, "tool_position": TOOL.position_m, "tool_rotation": TOOL.rotation6,
                "gripper_width": [0.08], "object_position": [0.5, 0, 0], "object_rotation": np.eye(3)[:2].ravel(),
            }  # fmt: skip
            lost = () if perceived else ("object_position", "object_rotation")
            self.window.push(self.time_s, observation_vector(CONTRACT, values, lost))
            chunk = self.policy.act(self.window)
        return chunk


def test_the_learned_policy_is_asked_at_its_own_rate_with_its_own_window():
    session = Session()
    chunk = session.run(2.0)
    assert session.learned.resets == [5]
    assert len(session.learned.asked) == 3, "every 8 of its steps"
    assert session.learned.asked[-1].shape == (2, CONTRACT.observation_size)
    assert chunk.step_s == STEP_S
    speed = np.diff(chunk.actions[:, 0]) / STEP_S
    np.testing.assert_allclose(speed[:10], 0.1, atol=1e-6)
    assert chunk.actions[0, CONTRACT.action_slices["gripper_width"]][0] == 0.0


def test_a_motion_beyond_the_threshold_takes_over_and_a_button_hands_back():
    session = Session(threshold=0.15)
    session.run(0.3)
    session.run(0.5, share=0.1)
    assert session.policy.driver == POLICY
    session.run(0.3, share=0.5)
    assert session.policy.driver == CORRECTION
    chunk = session.run(0.1, share=0.5)
    assert chunk.actions[-1, 1] - chunk.actions[0, 1] > 0.002 and abs(np.ptp(chunk.actions[:, 0])) < 1e-6
    assert chunk.actions[0, CONTRACT.action_slices["gripper_width"]][0] == 0.0, "the hand stays as the policy has it"
    session.run(3.0)
    assert session.policy.driver == CORRECTION, "rest does not hand back by itself"
    session.run(0.1, events=("hand_back",))
    assert session.policy.driver == POLICY and session.learned.resets == [5, 6]
    labels = [label for label, _ in session.policy.changes()]
    assert labels == [POLICY, CORRECTION, POLICY] and session.policy.changes() == []


def test_a_button_toggles_and_rest_hands_back_where_it_may():
    session = Session(hand_back_s=1.0)
    session.run(0.2)
    session.run(0.1, events=("take_over",))
    assert session.policy.driver == CORRECTION
    session.run(0.8)
    assert session.policy.driver == CORRECTION
    session.run(0.3)
    assert session.policy.driver == POLICY


def test_an_inference_that_takes_long_does_not_stop_the_loop_and_is_dropped_at_a_take_over():
    jobs = []
    session = Session(jobs.append)
    chunk = session.run(0.3)
    assert len(jobs) == 1 and np.ptp(chunk.actions[:, :3], axis=0).max() < 1e-9, "the arm rests until it answers"
    session.run(0.1, share=1.0)
    jobs.pop()()
    session.run(0.1, events=("hand_back",))
    assert session.policy.driver == POLICY and len(jobs) == 1
    jobs.pop()()
    assert np.ptp(session.run(0.01).actions[:, 0]) > 0.01


def test_a_policy_that_fails_holds_the_arm_by_an_error_and_a_person_still_drives():
    session = Session()
    session.learned.fail = True
    with pytest.raises(ValueError, match="burnt down"):
        session.run(0.1)
    session.time_s += 0.1
    session.run(0.2, events=("take_over",), share=0.3)
    assert session.policy.driver == CORRECTION


def test_a_person_drives_without_perception_and_the_policy_sees_nothing_of_that_time():
    session = Session()
    session.run(0.3)
    assert session.policy.needed() == {entry.name for entry in CONTRACT.observation}
    session.stick.put(DeviceInput(session.time_s, Velocity(np.array([0, 0.5, 0]), np.zeros(3))))
    session.policy.look(session.time_s)  # the loop holds the arm, and asks for no actions
    assert session.policy.driver == CORRECTION
    assert session.policy.needed() == {"joint_position", "tool_position", "tool_rotation", "gripper_width"}
    chunk = session.run(0.3, share=0.5, perceived=False)
    assert chunk.actions[-1, 1] - chunk.actions[0, 1] > 0.002 and np.isfinite(chunk.actions).all()
    session.run(0.1, events=("hand_back",), perceived=False)
    assert session.policy.driver == POLICY and len(session.learned.asked) == 1, "it is not asked without perception"
    session.run(0.3)
    assert len(session.learned.asked) == 2 and all(np.isfinite(seen).all() for seen in session.learned.asked)


def test_a_path_passes_the_chunks_poses_and_begins_as_the_tool_moves():
    rng = np.random.default_rng(0)
    poses = [Pose(TOOL.position_m + rng.normal(0, 0.02, 3), rotation_about_z(rng.uniform(-1, 1))) for _ in range(6)]
    rows = [
        action_vector(CONTRACT, {"tool_position": p.position_m, "tool_rotation": p.rotation6, "gripper_width": 0.0})
        for p in poses
    ]
    path = ChunkPath(CONTRACT, ActionChunk(np.stack(rows), 2.0, 0.1), TOOL, np.array([0.1, 0, 0]))
    for k, pose in enumerate(poses):
        np.testing.assert_allclose(path.pose(2.0 + 0.1 * (k + 1)).position_m, pose.position_m, atol=1e-9)
        assert angle_between(path.pose(2.0 + 0.1 * (k + 1)).rotation, pose.rotation) < 1e-6
    start = (path.pose(2.001).position_m - path.pose(2.0).position_m) / 0.001
    np.testing.assert_allclose(start, [0.1, 0, 0], atol=0.03)
    np.testing.assert_array_equal(path.action(2.25), rows[2])
