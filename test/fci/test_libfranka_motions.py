"""Every control mode and both internal controllers, by pylibfranka: the arm arrives, and nothing complains."""

import time

import numpy as np
import pytest
from control_box import READY
from libfranka_client import ClientError

pytestmark = pytest.mark.processes
CYCLES = 600
u = np.clip(np.arange(1, CYCLES + 4) / CYCLES, 0, 1)[:, None]
way = 10 * u**3 - 15 * u**4 + 6 * u**5
speed = (30 * u**2 - 60 * u**3 + 30 * u**4) / (CYCLES * 1e-3)
JOINTS = np.array([0.05, -0.05, 0.05, 0.05, -0.05, 0.05, 0.1])
SPACE = np.array([0.03, 0.04, -0.03])


def motion(kind, state):
    if kind == "joint_position":
        return np.array(state["q_d"]) + way * JOINTS
    if kind == "joint_velocity":
        return speed * JOINTS
    if kind == "cartesian_velocity":
        return speed * np.append(SPACE, (0, 0, 0.2))
    poses = np.tile(state["O_T_EE_c"], (len(way), 1))
    poses[:, 12:15] += way * SPACE
    return poses


@pytest.mark.parametrize("controller", ["JointImpedance", "CartesianImpedance"])
@pytest.mark.parametrize("kind", ["joint_position", "joint_velocity", "cartesian_pose", "cartesian_velocity"])
def test_a_motion_arrives(client, box, kind, controller):
    before = client.start(kind, controller)
    result = client.follow(motion(kind, before), every=150)
    assert result["error"] is None
    during, after = result["seen"][1], client.state()
    assert (during["robot_mode"], after["robot_mode"]) == ("Move", "Idle")
    assert (during["control_command_success_rate"], after["control_command_success_rate"]) == (1.0, 0.0)
    if kind.startswith("joint"):
        np.testing.assert_allclose(np.array(after["q_d"]) - before["q_d"], JOINTS, atol=2e-6)
    else:
        moved = np.array(after["O_T_EE_d"]) - before["O_T_EE_d"]
        np.testing.assert_allclose(moved[12:15], SPACE, atol=2e-6)
        assert after["elbow"][0] == pytest.approx(before["elbow"][0], abs=1e-3)
    np.testing.assert_allclose(after["q"], after["q_d"], atol=2e-3)
    assert np.abs(during["dq"]).max() > 0.01


def test_torques_carry_the_arm_and_move_it(client, box):
    before = client.start("torque")
    torques = np.zeros((300, 7))
    torques[:, 0] = 2.0 * np.sin(np.linspace(0, 2 * np.pi, 300))
    result = client.follow(torques, every=50)
    assert result["error"] is None
    np.testing.assert_allclose(result["seen"][2]["tau_J_d"], torques[100], atol=1e-3)
    moved = np.array(client.state()["q"]) - before["q"]
    assert moved[0] > 0.03
    end_s = time.monotonic() + 5.0
    while np.abs(client.state()["dq"]).max() > 0.01:  # braked by the robot's own controller
        assert time.monotonic() < end_s


def test_zero_torques_hold_the_arm(client, box):
    """franka_hardware's last word when its effort controller ends; here with the hand inclined."""
    box.place(READY - 0.4 * np.eye(7)[5])
    before = client.start("torque")
    assert client.follow(np.zeros((1000, 7)))["error"] is None
    np.testing.assert_allclose(client.state()["q"], before["q"], atol=1e-3)


def test_only_one_motion_at_a_time_and_settings_only_in_between(client, box):
    state = client.start("joint_position")
    client.follow(np.tile(state["q_d"], (5, 1)), finish=False)
    with pytest.raises(ClientError, match=r"Set Load command rejected: command not possible in the current mode"):
        client.call("set_load", 1.0, [0, 0, 0], [0] * 9)
    with pytest.raises(ClientError, match="Attempted to start multiple motions|another control"):
        client.start("joint_velocity")


def test_a_stop_preempts_a_motion_and_brakes(client, box):
    state = client.start("joint_velocity")
    client.follow(np.repeat(0.8 * np.linspace(0, 1, 200), 1)[:, None] * np.eye(7)[0], finish=False)
    client.call("stop")
    after = client.state()
    assert after["robot_mode"] == "Idle" and np.abs(after["dq"]).max() < 0.05
    assert 0.05 < after["q"][0] - state["q"][0] < 0.2


def test_frames_load_and_stiffness_show_in_the_state(client, box):
    turned = np.diag([1.0, -1.0, -1.0, 1.0])
    turned[:3, 3] = [0.01, 0.02, 0.03]
    client.call("set_EE", turned.T.ravel().tolist())
    client.call("set_K", turned.T.ravel().tolist())
    client.call("set_load", 0.5, [0.0, 0.01, 0.02], [0.001, 0, 0, 0, 0.002, 0, 0, 0, 0.003])
    client.call("set_joint_impedance", [300.0] * 7)
    client.call("set_cartesian_impedance", [500.0] * 3 + [50.0] * 3)
    state = client.state()
    np.testing.assert_allclose(state["NE_T_EE"], turned.T.ravel(), atol=1e-6)
    np.testing.assert_allclose(state["EE_T_K"], turned.T.ravel(), atol=1e-6)
    f_t_ne, f_t_ee = (np.array(state[name]).reshape(4, 4).T for name in ("F_T_NE", "F_T_EE"))
    np.testing.assert_allclose(f_t_ee, f_t_ne @ turned, atol=1e-6)
    assert (state["m_load"], state["m_total"]) == (0.5, pytest.approx(state["m_ee"] + 0.5))
    np.testing.assert_allclose(state["F_x_Cload"], [0, 0.01, 0.02], atol=1e-6)
    kind = "cartesian_pose"  # of the end effector, not of the nominal one
    assert client.follow(motion(kind, client.start(kind, "CartesianImpedance")))["error"] is None
    box.call(lambda: box.simulation.reset(3))
    assert client.state()["m_load"] == 0.5  # as after an episode's reset
    client.call("set_EE", np.eye(4).ravel().tolist())
    client.call("set_K", np.eye(4).ravel().tolist())


@pytest.mark.parametrize(
    "name, args",
    [
        ("set_load", (-1.0, [0.0] * 3, [0.0] * 9)),
        ("set_EE", ([2.0] * 16,)),
        ("set_collision_behavior", ([2.0] * 7, [1.0] * 7, [1.0] * 6, [2.0] * 6)),
        ("set_joint_impedance", ([-1.0] * 7,)),
    ],
)
def test_a_setting_without_meaning_is_refused(client, name, args):
    with pytest.raises(ClientError, match="command rejected: invalid argument|ValueError|invalid"):
        client.call(name, *args)


def test_the_model_that_the_robot_sends_is_that_of_the_arm(client, box):
    gravity = client.model("gravity")
    still = np.zeros(7)
    own = box.call(lambda: box.simulation.dynamics.torque(box.simulation.arm.position_rad, still, still))
    np.testing.assert_allclose(gravity, own, atol=0.02)
    mass = np.array(client.model("mass")).reshape(7, 7)
    np.testing.assert_allclose(mass, box.simulation.dynamics.mass_matrix(box.simulation.arm.position_rad), atol=5e-3)


def test_the_gripper_homes_moves_grasps_and_stops(client, box):
    assert client.gripper("homing") is True
    assert client.gripper("move", 0.05, 0.1) is True
    state = client.gripper("read_once")
    assert state["width"] == pytest.approx(0.05, abs=2e-3)
    assert (state["max_width"], state["is_grasped"]) == (pytest.approx(0.08), False)
    assert client.gripper("grasp", 0.02, 0.2, 20.0) is False  # nothing there
    assert client.gripper("grasp", 0.0, 0.2, 20.0, 0.005, 0.005) is True
    assert client.gripper("read_once")["is_grasped"] is True
    assert client.gripper("move", 0.2, 0.1) == "libfranka gripper: Command failed!"
    assert client.gripper("stop") is True
    assert client.gripper("read_once")["is_grasped"] is False


def test_the_robot_itself_plans_to_targets_that_come_at_any_time(client, box):
    goals = [(READY + shift * JOINTS).tolist() for shift in (2.0, -1.0)]
    reached = client.targets(goals, [0.5] * 7, 20.0)
    for state, goal in zip(reached, goals, strict=True):
        assert state["status"].endswith("TargetReached")
        np.testing.assert_allclose(state["q_d"], goal, atol=3e-3)
    assert client.state()["robot_mode"] == "Idle" and not box.robot.reflexes
