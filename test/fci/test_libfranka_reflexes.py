"""Each reflex and discontinuity, provoked by pylibfranka: libfranka's own exception, the flags, and the recovery."""

import numpy as np
import pytest
from control_box import READY
from libfranka_client import ClientError

T_S = 1e-3
pytestmark = pytest.mark.processes


def ramped(acceleration, jerk, cycles, hold=2):
    """A velocity that rises with limited jerk (cycles,), after a hold of some cycles."""
    rising = np.minimum(acceleration, jerk * T_S * np.arange(1, cycles + 1))
    return np.concatenate((np.zeros(hold), np.cumsum(rising) * T_S))


def joints(**moved):
    """Directions (7,) by joint: j1=1.0 ..."""
    direction = np.zeros(7)
    for name, value in moved.items():
        direction[int(name[1]) - 1] = value
    return direction


def positions(velocity, direction):
    """A joint position motion from the state's q_d."""
    return lambda state: np.array(state["q_d"]) + np.cumsum(velocity)[:, None] * T_S * direction


def moved_pose(velocity, direction):
    """A translation of the end effector from the state's O_T_EE_c."""

    def motion(state):
        poses = np.tile(state["O_T_EE_c"], (len(velocity), 1))
        poses[:, 12:15] += np.cumsum(velocity)[:, None] * T_S * np.asarray(direction, float)
        return poses

    return motion


def turned_pose(velocity):
    """A turn of the end effector about its own z."""

    def motion(state):
        poses, start = [], np.array(state["O_T_EE_c"]).reshape(4, 4).T
        for angle in np.cumsum(velocity) * T_S:
            c, s = np.cos(angle), np.sin(angle)
            turn = np.eye(4)
            turn[:2, :2] = [[c, -s], [s, c]]
            poses.append((start @ turn).T.ravel())
        return np.array(poses)

    return motion


def constant(values):
    """The same for any state."""
    return lambda state: np.asarray(values, float)


step_of_velocity = np.concatenate((np.zeros(3), np.full(20, 0.05)))  # 50 rad/s^2, or m/s^2
step_of_acceleration = np.concatenate((np.zeros(3), 8.0 * T_S * np.arange(1, 20)))  # 8000 rad/s^3, or m/s^3
slow = ramped(2.0, 1000.0, 400)
LIMIT = [2.7437, 1.7837, 2.9007, -0.1518, 2.8065, 4.5169, 3.0159]
near_7 = READY + joints(j7=LIMIT[6] - READY[6] - 0.01)
near_1 = READY + joints(j1=LIMIT[0] - 0.01)
torque_on_7 = np.zeros((4000, 7))
torque_on_7[:, 6] = 0.3  # a little more than friction
torque_on_2 = np.arange(400)[:, None] * joints(j2=-0.45, j4=0.15)  # so that the forearm does not swing
wild = np.zeros((400, 7))
wild[:, 6] = np.minimum(0.5, 0.01 * np.arange(400))
FOLDED = READY - joints(j4=0.44)
SWING = np.array([0.2, 1.6, 2.76, -0.462, 0.0, 3.586, -0.535])
STRETCHED = np.array([0.0, 1.3, 0.0, -0.5, 0.0, 2.0, 0.785])
POSE, TWIST = "cartesian_pose", "cartesian_velocity"
twist = lambda velocity, axis: constant(velocity[:, None] * np.eye(6)[axis])  # noqa: E731

CASES = {
    # joint positions
    "start": (
        "joint_position", constant([READY + 0.1] * 5), READY,
        "joint_position_motion_generator_start_pose_invalid",
    ),
    "start far away": (
        "joint_position", constant([READY + joints(j1=1.5)] * 5), READY,
        "joint_position_motion_generator_start_pose_invalid",
    ),
    "position": (
        "joint_position", positions(slow, joints(j1=0.3)), near_1,
        "joint_motion_generator_position_limits_violation",
    ),
    "absurd position": (
        "joint_position", positions(np.array([0.0, 0.0, 1e10, 1e10]), joints(j1=1)), READY,
        "joint_motion_generator_position_limits_violation",
    ),
    "velocity": (
        "joint_position", positions(ramped(9.9, 4000, 330), joints(j1=1)), READY - joints(j1=1.5),
        "joint_motion_generator_velocity_limits_violation",
    ),
    "acceleration": (
        "joint_position", positions(step_of_velocity, joints(j2=1)), READY,
        "joint_motion_generator_velocity_discontinuity",
    ),
    "jerk": (
        "joint_position", positions(step_of_acceleration, joints(j3=1)), READY,
        "joint_motion_generator_acceleration_discontinuity",
    ),
    "self collision": (
        "joint_position", positions(np.minimum(0.25, ramped(4.0, 2000, 1100)), joints(j4=-1)), FOLDED,
        "self_collision_avoidance_violation",
    ),
    "tool speed": (
        "joint_position", positions(ramped(9.5, 4000, 280), joints(j1=1, j2=-1, j4=-1, j6=-1)), SWING,
        "cartesian_velocity_violation",
    ),
    # joint velocities
    "rate position": (
        "joint_velocity", constant(slow[:, None] * joints(j1=0.3)), near_1,
        "joint_motion_generator_position_limits_violation",
    ),
    "rate velocity": (
        "joint_velocity", constant(ramped(9.9, 4000, 330)[:, None] * joints(j1=1)), READY - joints(j1=1.5),
        "joint_motion_generator_velocity_limits_violation",
    ),
    "rate acceleration": (
        "joint_velocity", constant(step_of_velocity[3:, None] * joints(j2=1)), READY,
        "joint_motion_generator_velocity_discontinuity",
    ),
    "rate jerk": (
        "joint_velocity", constant(step_of_acceleration[3:, None] * joints(j3=1)), READY,
        "joint_motion_generator_acceleration_discontinuity",
    ),
    # poses
    "pose start": (
        POSE, moved_pose(np.full(5, 50.0), [1, 0, 0]), READY,
        "cartesian_position_motion_generator_start_pose_invalid",
    ),
    "pose velocity": (
        POSE, turned_pose(ramped(9.0, 4000, 350)), READY - joints(j7=1.5),
        "cartesian_motion_generator_velocity_limits_violation",
    ),
    "pose acceleration": (
        POSE, moved_pose(step_of_velocity, [0, 0, 1]), READY,
        "cartesian_motion_generator_velocity_discontinuity",
    ),
    "pose jerk": (
        POSE, moved_pose(step_of_acceleration, [0, 0, 1]), READY,
        "cartesian_motion_generator_acceleration_discontinuity",
    ),
    "pose joint position": (
        POSE, turned_pose(0.3 * slow), near_7,
        "cartesian_motion_generator_joint_position_limits_violation",
    ),
    "pose joint velocity": (
        POSE, turned_pose(np.minimum(2.0, ramped(8.0, 4000, 600))), READY + joints(j7=1.6),
        "cartesian_motion_generator_joint_velocity_limits_violation",
    ),
    "pose joint acceleration": (
        POSE, moved_pose(ramped(8.5, 200, 100), [1, 0, 1]), READY,
        "cartesian_motion_generator_joint_velocity_discontinuity",
    ),
    "pose joint jerk": (
        POSE, moved_pose(ramped(3, 3000, 60), [1, 0, -1]), READY,
        "cartesian_motion_generator_joint_acceleration_discontinuity",
    ),
    # twists
    "twist velocity": (
        TWIST, twist(-ramped(9.0, 4000, 350), 5), READY - joints(j7=1.5),
        "cartesian_motion_generator_velocity_limits_violation",
    ),
    "twist acceleration": (
        TWIST, twist(step_of_velocity[3:], 2), READY,
        "cartesian_motion_generator_velocity_discontinuity",
    ),
    "twist jerk": (
        TWIST, twist(step_of_acceleration[3:], 2), READY,
        "cartesian_motion_generator_acceleration_discontinuity",
    ),
    # torques
    "torque step": (
        "torque", constant(np.tile(joints(j1=2.0), (5, 1))), READY,
        "controller_torque_discontinuity",
    ),
    "torque range": (
        "torque", lambda state: np.array(state["tau_J_d"]) + torque_on_2, STRETCHED,  # whatever holds the arm by then
        "tau_j_range_violation",
    ),
    "torque velocity": (
        "torque", constant(wild), READY,
        "joint_velocity_violation",
    ),
    "torque position": (
        "torque", constant(torque_on_7), near_7,
        "joint_position_limits_violation",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_violation_stops_the_arm_with_its_own_name(client, box, name):
    kind, motion, start, error = CASES[name]
    box.place(start)
    if name == "torque range":  # so much torque moves the arm as a collision would
        client.call("set_collision_behavior", [200.0] * 7, [200.0] * 7, [2000.0] * 6, [2000.0] * 6)
    result = client.follow(motion(client.start(kind)))
    assert result["error"] is not None, "the motion ended as if nothing were wrong"
    assert result["error"].startswith("libfranka: Move command aborted: motion aborted by reflex! [")
    assert f'"{error}"' in result["error"].lower(), box.robot.reflexes[-1]
    state = client.state()
    assert (state["robot_mode"], error in state["current_errors"]) == ("Reflex", True)
    assert error in state["last_motion_errors"]
    if error == "joint_position_limits_violation":
        with pytest.raises(ClientError, match="Automatic Error Recovery command rejected: manual error recovery"):
            client.call("automatic_error_recovery")
    else:
        recovered(client, stuck=name == "self collision")


def recovered(client, stuck=False):
    client.call("automatic_error_recovery")
    state = client.state()
    assert (state["robot_mode"], state["current_errors"]) == ("Idle", [])
    start = client.start("joint_position")
    error = client.follow(np.tile(start["q_d"], (10, 1)))["error"]
    if stuck:  # the links are too close still; only a hand can part them
        assert "self_collision_avoidance_violation" in error
        return
    assert error is None
    assert client.state()["last_motion_errors"] == []


@pytest.mark.parametrize("controller", ["JointImpedance", "CartesianImpedance"])
def test_a_collision_is_a_reflex_and_a_contact_is_shown(client, box, controller):
    start = client.start("joint_position", controller)
    still = np.tile(start["q_d"], (100, 1))
    box.push([0, 0, -33, 0, 0, 0])  # between the thresholds of 30 and 40 N
    assert client.follow(still, finish=False)["error"] is None
    seen = client.follow(still[:2], finish=False, every=1)["seen"][0]
    assert (seen["cartesian_contact"], any(seen["cartesian_collision"])) == ([0, 0, 1, 0, 0, 0], False)
    assert seen["O_F_ext_hat_K"][2] == pytest.approx(33, abs=3)  # what the robot exerts
    box.push([0, 0, -60, 0, 0, 0])
    error = client.follow(still)["error"]
    assert '["cartesian_reflex"]' in error
    box.push(None)
    state = client.state()
    assert (state["cartesian_collision"][2], state["current_errors"]) == (1, ["cartesian_reflex"])
    recovered(client)
    assert not any(client.state()["cartesian_collision"])


def test_thresholds_of_a_client_decide_what_a_collision_is(client, box):
    low, high = [5.0] * 7, [6.0] * 7
    client.call("set_collision_behavior", low, high, [100.0] * 6, [101.0] * 6)
    start = client.start("joint_position")
    box.push([0, 40, 0, 0, 0, 0])
    assert '["joint_reflex"]' in client.follow(np.tile(start["q_d"], (200, 1)))["error"]


def test_a_motion_that_ends_while_it_moves_is_a_reflex(client, box):
    moving = positions(ramped(2.0, 1000.0, 200), joints(j1=1))
    error = client.follow(moving(client.start("joint_position")))["error"]
    assert error.startswith("Motion finished commanded, but the robot is still moving! [")
    assert '"joint_motion_generator_velocity_discontinuity"' in error


def test_twenty_commands_lost_in_a_row_stop_the_arm_and_nineteen_do_not(client, box):
    box.server.set_pacing("real_time")
    for dropped, lost in ((15, False), (60, True)):
        start = client.start("joint_position")
        result = client.follow(np.tile(start["q_d"], (200, 1)), drop=range(50, 50 + dropped), waited_for=False)
        assert ('["communication_constraints_violation"]' in (result["error"] or "")) is lost, result
    box.server.set_pacing("client")
    recovered(client)


def test_the_user_stop_aborts_a_motion_and_is_no_error(client, box):
    start = client.start("joint_position")
    client.follow(np.tile(start["q_d"], (10, 1)), finish=False)
    box.call(lambda: box.robot.press_user_stop(True))
    error = client.follow(np.tile(start["q_d"], (10, 1)))["error"]
    assert error == "libfranka: Move command aborted: User Stop pressed!"
    state = client.state()
    assert (state["robot_mode"], state["current_errors"]) == ("UserStopped", [])
    with pytest.raises(ClientError, match=r"command not possible in the current mode \(\"User stopped\"\)"):
        client.start("joint_position")
    box.call(lambda: box.robot.press_user_stop(False))
    assert client.state()["robot_mode"] == "Idle"
