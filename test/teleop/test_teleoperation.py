"""Teleoperation as a policy, on an arm that follows commands at once: what the tool and the joints do."""

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.errors import ContractError
from midp_ros.core.pose import Pose, angle_between, rotation_about_x, rotation_about_z, tool_down
from midp_ros.core.window import ObservationWindow, observation_vector
from midp_ros.kinematics import ArmModel, InverseKinematics
from midp_ros.kinematics.clearance import TABLE, Clearance
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.devices.queued import QueuedDevice
from midp_ros.teleop.inputs import DeviceInput, HandPose, LeaderJoints, Velocity
from midp_ros.teleop.operator_input import OperatorInput, OperatorSettings
from midp_ros.teleop.teleoperation import Teleoperation, teleop_contract
from midp_ros.teleop.tool_reference import ToolLimits
from midp_ros.teleop.tracker import TeleopTracker

MODEL = ArmModel("fr3")
READY = MODEL.profile.ready_rad
STEP_S = 0.01


class Session:
    """An arm whose joints are where the motion of the chunk has them one step later."""

    def __init__(self, leader=False, limits=None, scale=1.0, start_rad=READY):
        contract = teleop_contract(Contract.load("pick"), 100.0, leader)
        self.device, self.time_s = QueuedDevice("device"), 0.0
        self.operator = OperatorInput(Arbiter([self.device]), OperatorSettings(limits or ToolLimits(), scale))
        self.policy = Teleoperation(
            contract, self.operator, MODEL, lambda: self.time_s, lambda time_s, measured: (self.q, self.v)
        )
        self.tracker, self.window = TeleopTracker(MODEL, contract), ObservationWindow(contract)
        self.contract, self.q, self.v = contract, np.array(start_rad), np.zeros(7)

    @property
    def tool(self):
        return MODEL.forward(self.q)

    def run(self, duration_s, motion=None, **given):
        """Tool positions (steps, 3) meanwhile; `motion` is one or a function of time."""
        path = []
        for _ in range(round(duration_s / STEP_S)):
            self.time_s = round(self.time_s + STEP_S, 3)
            if motion is not None or given:
                now = motion(self.time_s) if callable(motion) else motion
                self.device.put(DeviceInput(self.time_s, now, **given))
                given = {name: value for name, value in given.items() if name == "held"}
            tool = self.tool
            values = {
                "joint_position": self.q, "tool_position": tool.position_m, "tool_rotation": tool.rotation6,
                "gripper_width": [0.08],
            }  # fmt: skip
            self.window.push(self.time_s, observation_vector(self.contract, values))
            self.chunk = self.policy.act(self.window)
            motion_rad = self.tracker.motion(self.chunk, self.q, self.v)
            self.q, self.v, _ = motion_rad.states(self.time_s + STEP_S)
            path.append(self.tool.position_m)
        return np.array(path)

    def width_m(self):
        return self.chunk.actions[0, self.contract.action_slices["gripper_width"]][0]


FAST = ToolLimits(0.5, 2.0, 4.0, 16.0, np.array([-1.0, -1.0, -0.1]), np.array([1.0, 1.0, 1.2]))
CLEARANCE = Clearance(MODEL, 0.0)


def over_table_m(position_rad):
    """Of the lowest of fingers, hand and links, over the least distance that the loop's own check demands."""
    return min(gap.distance_m - gap.least_m for gap in CLEARANCE.gaps(position_rad) if gap.second == TABLE)


def velocity(x=0.0, y=0.0, z=0.0, wz=0.0, **options):
    return Velocity(np.array([x, y, z]), np.array([0.0, 0.0, wz]), **options)


def test_a_velocity_is_driven_and_silence_stops_smoothly_soon():
    session = Session()
    session.run(0.1, velocity())
    path = session.run(1.0, velocity(y=0.8))
    speed = np.diff(path, axis=0)[-20:] / STEP_S
    np.testing.assert_allclose(speed, np.tile([0, 0.2, 0], (20, 1)), atol=0.01)
    silent = np.diff(session.run(0.6), axis=0)[:, 1] / STEP_S
    assert (silent[:5] > 0.15).all(), "0.1 s of silence is allowed"
    assert np.abs(silent[35:]).max() < 2e-3
    assert np.abs(np.diff(silent)).max() / STEP_S < 4.0, "no more than twice the operator's acceleration"


def test_a_twist_in_speeds_is_that_speed_within_the_scale_and_in_the_tools_axes():
    session = Session(scale=0.4)
    session.run(0.1, velocity())
    path = session.run(0.6, velocity(x=0.05, shares=False))
    assert (path[-1] - path[-11])[0] == pytest.approx(0.005, abs=5e-4)
    path = session.run(0.8, velocity(x=5.0, shares=False))
    assert (path[-1] - path[-11])[0] == pytest.approx(0.1 * 0.4 * 0.25, abs=5e-4)
    session.run(0.5, velocity())
    path = session.run(0.6, velocity(z=0.05, shares=False, in_tool=True))
    assert (path[-1] - path[-11])[2] == pytest.approx(-0.005, abs=5e-4), "the tool points down"


def test_at_rest_the_joints_rest_even_away_from_their_posture():
    session = Session(start_rad=READY + [0.3, -0.2, 0.2, 0.1, -0.3, 0.2, 0.4])
    start = session.q.copy()
    session.run(0.5, velocity())
    np.testing.assert_allclose(session.q, start, atol=1e-9)


def test_a_scale_that_changes_while_moving_makes_no_jump():
    session = Session()
    session.run(0.1, velocity())
    session.run(0.6, velocity(y=1.0))
    path = session.run(0.5, velocity(y=1.0), events=("slower",))
    speed = np.diff(path[:, 1]) / STEP_S
    assert speed[0] > 0.2 and speed[-1] == pytest.approx(0.2, abs=0.01)
    assert np.abs(np.diff(speed)).max() / STEP_S < 4.0


def test_the_edge_of_the_reach_stops_the_tool_and_does_not_pull_it_aside():
    session = Session()
    session.run(0.1, velocity())
    path = session.run(3.0, velocity(x=1.0))
    assert np.linalg.norm(path[-1] - path[-30]) < 0.01, "it came to rest"
    assert np.abs(path[:, 1:] - path[0, 1:]).max() < 0.03
    path = session.run(1.0, velocity(x=-1.0))
    assert path[-1, 0] < path[0, 0] - 0.1, "and it comes back at once"


@pytest.mark.parametrize("tilt_rad", [0.0, 1.3])
def test_the_table_stops_fingers_hand_and_arm_of_a_fast_tool_which_may_slide_on(tilt_rad):
    """Twice the largest speeds of config/teleop.yaml and a box that ends below the table."""
    tilted = Pose(np.array([0.45, 0.0, 0.25]), rotation_about_x(tilt_rad) @ tool_down(0.0))
    start_rad = InverseKinematics(MODEL).solve(tilted).position_rad
    session = Session(limits=FAST, start_rad=start_rad)
    session.run(0.1, velocity())
    lowest_m = []
    for _ in range(70):
        session.run(STEP_S, velocity(z=-1.0))
        lowest_m.append(over_table_m(session.q))
    assert min(lowest_m) > 0.012, "1.5 cm further than the loop's own check, but for the tracking"
    assert lowest_m[-1] < 0.03, "it did come close"
    path = session.run(0.6, velocity(y=-1.0, z=-1.0))
    assert path[-1, 1] < path[0, 1] - 0.05, "it slides"
    assert over_table_m(session.q) > 0.012


def test_a_leader_does_not_lead_the_hand_into_the_table():
    start_rad = InverseKinematics(MODEL).solve(Pose(np.array([0.45, 0.0, 0.15]), tool_down(0.0))).position_rad
    session = Session(leader=True, start_rad=start_rad)
    session.run(0.8, LeaderJoints(start_rad))
    assert session.policy.leader.state == "following"
    below = InverseKinematics(MODEL).solve(Pose(np.array([0.45, 0.0, -0.1]), tool_down(0.0))).position_rad
    lowest_m = []
    for _ in range(120):
        session.run(STEP_S, LeaderJoints(below))
        lowest_m.append(over_table_m(session.q))
    assert 0.01 < min(lowest_m) < 0.06
    session.run(1.0, LeaderJoints(start_rad))
    np.testing.assert_allclose(session.q, start_rad, atol=0.02)


def test_the_workspace_box_stops_the_tool():
    low, high = READY_TOOL.position_m - 0.1, READY_TOOL.position_m + [0.1, 0.05, 0.1]
    session = Session(limits=ToolLimits(low_m=low, high_m=high))
    session.run(0.1, velocity())
    path = session.run(1.5, velocity(y=1.0))
    assert path[:, 1].max() < high[1] + 2e-3 and path[-1, 1] > high[1] - 2e-3


READY_TOOL = MODEL.forward(READY)


def test_a_hands_motion_is_the_tools_motion():
    session = Session()

    def hand(time_s):
        return HandPose(Pose(np.array([0.1 * time_s, 5.0, 7.0]), rotation_about_z(0.3 * time_s)))

    session.run(0.1, hand(0.1), held=False)
    session.run(1.0, hand, held=True)
    np.testing.assert_allclose(session.tool.position_m - READY_TOOL.position_m, [0.1, 0, 0], atol=0.015)
    assert angle_between(READY_TOOL.rotation, session.tool.rotation) == pytest.approx(0.3, abs=0.05)
    still = session.run(0.6, HandPose(Pose(np.zeros(3), np.eye(3))), held=False)
    assert np.ptp(still[-20:], axis=0).max() < 1e-3, "an open clutch: the hand goes back, the tool stays"


def test_a_dragged_target_is_reached():
    session = Session()
    goal = Pose(READY_TOOL.position_m + [0.05, -0.1, 0.05], READY_TOOL.rotation)
    session.run(0.1, velocity())
    session.run(2.0, HandPose(goal, absolute=True))
    np.testing.assert_allclose(session.tool.position_m, goal.position_m, atol=2e-3)


def test_the_joints_move_slowly_to_a_leader_and_then_follow_it():
    session = Session(leader=True)
    leader = READY + [0.2, 0.1, 0, 0, 0, 0, -0.2]
    session.run(0.5, LeaderJoints(leader))
    assert np.abs(session.v).max() <= 0.31
    session.run(1.5, LeaderJoints(leader))
    np.testing.assert_allclose(session.q, leader, atol=0.02)
    assert session.policy.leader.state == "following"
    begun_s = session.time_s
    session.run(0.5, lambda time_s: LeaderJoints(leader + 0.8 * (time_s - begun_s) * np.eye(7)[0]))
    assert session.v[0] == pytest.approx(0.8, abs=0.1)
    session.run(0.8, velocity())  # another kind of input: the tool holds where the joints have got
    before = session.q.copy()
    session.run(0.2, velocity())
    np.testing.assert_allclose(session.q, before, atol=1e-4)


def test_the_gripper_follows_buttons_and_shares():
    session = Session()
    session.run(0.05, velocity())
    assert session.width_m() == pytest.approx(0.08)
    session.run(0.02, velocity(), events=("gripper_toggle",))
    assert session.width_m() == 0.0
    session.run(0.02, velocity(), events=("gripper_toggle",))
    assert session.width_m() == pytest.approx(MODEL.profile.gripper_width_max_m)
    session.run(0.02, velocity(), gripper=0.25)
    assert session.width_m() == pytest.approx(0.25 * MODEL.profile.gripper_width_max_m)


def test_a_contract_whose_actions_no_device_commands_is_refused():
    with pytest.raises(ContractError, match="no action"):
        teleop_contract(Contract.load("pusht"), 100.0)
