"""The simulated gripper answers action clients as franka_gripper does."""

import time
from math import nan

import pytest
from action_msgs.msg import GoalStatus, GoalStatusArray
from control_msgs.action import GripperCommand
from control_msgs.msg import GripperCommand as GripperCommandMessage
from franka_msgs.action import Grasp, Homing, Move
from franka_msgs.msg import GraspEpsilon
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.qos import qos_profile_action_status_default as STATUS_QOS
from std_srvs.srv import Trigger

from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.stand_in.simulated_gripper import SimulatedGripper
from midp_ros.simulation.hand.hand_command import HandTiming

FAILED, ABORTED = "libfranka gripper: Command failed!", "libfranka gripper: Command aborted!"
SUCCEEDED, WAS_ABORTED, CANCELED = GoalStatus.STATUS_SUCCEEDED, GoalStatus.STATUS_ABORTED, GoalStatus.STATUS_CANCELED
KINDS = {"homing": Homing, "move": Move, "grasp": Grasp, "gripper_action": GripperCommand}
PERIOD_S = 0.01


class Fingers:
    """Move with exactly the speed, and stop at an object; test_gripper_mechanism.py has those of the physics."""

    width_m, target_m, speed_m_s, object_m = 0.08, 0.08, 0.0, 0.0

    def move(self, width_m, speed_m_s):
        self.target_m, self.speed_m_s = max(width_m, self.object_m), speed_m_s

    def squeeze(self, force_n):
        pass

    def stop(self):
        self.target_m = self.width_m

    def step(self):
        way_m, most_m = self.target_m - self.width_m, 2 * self.speed_m_s * PERIOD_S
        self.width_m += min(max(way_m, -most_m), most_m)


class GripperNode(Node):
    """A clock of its own, as fast as the executor turns: durations do not depend on the machine."""

    def __init__(self):
        super().__init__("hand")
        self.fingers, self.time_s = Fingers(), 0.0
        self.gripper = SimulatedGripper(
            self, "/franka_gripper", RobotProfile.load("fr3"), lambda: self.fingers, lambda: self.time_s, HandTiming()
        )
        self.create_timer(PERIOD_S, self._advance)

    def _advance(self):
        self.time_s += PERIOD_S
        self.fingers.step()
        self.gripper.look()


@pytest.fixture
def hand(graph):
    return graph.add(GripperNode())


@pytest.fixture
def clients(graph, hand):
    clients = {name: ActionClient(graph.probe, kind, f"/franka_gripper/{name}") for name, kind in KINDS.items()}
    assert graph.spin_until(lambda: all(client.server_is_ready() for client in clients.values()))
    yield clients
    for client in clients.values():
        client.destroy()


@pytest.fixture
def send(graph, clients):
    """Sends a goal; returns its handle once it is accepted."""

    def send(name, feedback=None, **goal):
        sent = clients[name].send_goal_async(KINDS[name].Goal(**goal), feedback_callback=feedback)
        assert graph.spin_until(sent.done)
        assert sent.result().accepted, "franka_gripper accepts every goal"
        return sent.result()

    return send


@pytest.fixture
def end(graph):
    """Waits for a goal's end; returns its status and result."""

    def end(handle):
        ended = handle.get_result_async()
        assert graph.spin_until(ended.done, limit_s=30.0)
        return ended.result().status, ended.result().result

    return end


def anything():
    return GraspEpsilon(inner=0.08, outer=0.08)


def test_it_homes_moves_and_grasps(hand, send, end):
    start_s = hand.time_s
    assert end(send("move", width=0.05, speed=0.1)) == (SUCCEEDED, Move.Result(success=True))
    assert hand.time_s - start_s > 1.0, "0.3 s of way, the rest is the hand's"
    assert hand.fingers.width_m == pytest.approx(0.05, abs=1e-3)
    hand.fingers.object_m = 0.04
    held = Grasp.Result(success=True)
    assert end(send("grasp", width=0.0, speed=0.1, force=40.0, epsilon=anything())) == (SUCCEEDED, held)
    hand.fingers.object_m = 0.0
    assert end(send("homing")) == (SUCCEEDED, Homing.Result(success=True))
    assert hand.fingers.width_m == pytest.approx(0.08)


def test_a_grasp_of_another_width_is_aborted_without_a_text(hand, send, end):
    assert end(send("grasp", width=0.05, speed=0.1, force=40.0)) == (WAS_ABORTED, Grasp.Result(success=False))


@pytest.mark.parametrize(
    "name, goal",
    [
        ("move", {"width": 0.09, "speed": 0.1}),
        ("move", {"width": nan, "speed": 0.1}),
        ("grasp", {"width": 0.05, "speed": 0.1, "force": nan}),
    ],
)
def test_what_the_hand_cannot_do_is_accepted_and_aborted(hand, send, end, name, goal):
    assert end(send(name, **goal)) == (WAS_ABORTED, KINDS[name].Result(success=False, error=FAILED))


def test_a_goal_is_executing_and_feeds_the_width_back(graph, hand, send, end):
    widths_m = []
    # Not the handle's status: what the server says before its answer has come, a client drops.
    told = graph.heard(graph.probe, GoalStatusArray, "/franka_gripper/move/_action/status", STATUS_QOS)
    handle = send("move", lambda message: widths_m.append(message.feedback.current_width), width=0.0, speed=0.1)
    executing = (handle.goal_id, GoalStatus.STATUS_EXECUTING)
    assert graph.spin_until(lambda: executing in [(s.goal_info.goal_id, s.status) for m in told for s in m.status_list])
    end(handle)
    assert len(widths_m) > 5
    assert max(widths_m) > 0.07 > 0.01 > min(widths_m)
    assert sorted(widths_m, reverse=True) == widths_m


@pytest.mark.parametrize("first", ["move", "grasp"])
def test_a_newer_goal_aborts_the_running_one(graph, hand, send, end, first):
    old = send(first, width=0.0, speed=0.02)
    assert graph.spin_until(lambda: hand.fingers.width_m < 0.075)
    new = send("move", width=0.06, speed=0.1)
    assert end(old) == (WAS_ABORTED, KINDS[first].Result(success=False, error=ABORTED))
    assert end(new) == (SUCCEEDED, Move.Result(success=True))
    assert hand.fingers.width_m == pytest.approx(0.06, abs=1e-3)


def test_a_cancel_stops_the_fingers(graph, hand, send, end):
    handle = send("move", width=0.0, speed=0.02)
    assert graph.spin_until(lambda: hand.fingers.width_m < 0.075)
    canceled = handle.cancel_goal_async()
    assert graph.spin_until(canceled.done)
    assert end(handle) == (CANCELED, Move.Result(success=False, error=ABORTED))
    width_m = hand.fingers.width_m
    graph.spin_for(0.2)
    assert hand.fingers.width_m == width_m > 0.01


def test_stop_aborts_the_running_goal_and_succeeds_without_one(graph, hand, send, end):
    handle = send("grasp", width=0.0, speed=0.02, force=40.0)
    assert graph.spin_until(lambda: hand.fingers.width_m < 0.075)
    for _ in range(2):
        answer = graph.call(Trigger, "/franka_gripper/stop")
        assert (answer.success, answer.message) == (True, "")
    assert end(handle) == (WAS_ABORTED, Grasp.Result(success=False, error=ABORTED))


def test_a_reset_ends_the_running_goal(hand, send, end):
    handle = send("homing")
    hand.gripper.finish()
    assert end(handle) == (WAS_ABORTED, Homing.Result(success=False, error=ABORTED))
    assert end(send("move", width=0.08, speed=0.1))[0] == SUCCEEDED


def test_gripper_action_takes_half_the_width_and_answers_the_whole(hand, send, end):
    def command(position, max_effort):
        return {"command": GripperCommandMessage(position=position, max_effort=max_effort)}

    hand.fingers.object_m = 0.04
    feedback = []
    closing = send("gripper_action", lambda message: feedback.append(message.feedback.position), **command(0.02, 40.0))
    status, result = end(closing)
    assert (status, result.reached_goal, result.stalled, result.effort) == (SUCCEEDED, True, False, 0.0)
    assert result.position == pytest.approx(0.04)
    assert max(feedback) > 0.07
    assert end(send("gripper_action", **command(0.04, 0.0)))[1].position == pytest.approx(0.08, abs=1e-3)
    status, result = end(send("gripper_action", **command(0.05, 0.0)))
    assert (status, result.reached_goal) == (WAS_ABORTED, False)


def test_a_running_goal_leaves_the_processor_alone(graph, hand, send):
    send("move", width=0.0, speed=0.001)
    used_s = time.process_time()
    graph.spin_for(1.0)
    assert time.process_time() - used_s < 0.6, "rclpy would poll a callback that waits"
