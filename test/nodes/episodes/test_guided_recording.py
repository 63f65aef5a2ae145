"""A person leads the simulated arm by hand, over topics, while the recorder runs: the bag becomes a demonstration."""

import numpy as np
import rclpy
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import WrenchStamped
from std_srvs.srv import Trigger

from midp_ros.core.episode import GUIDED_AHEAD_STEPS
from midp_ros.expert.leading_hand import HandLimits, LeadingHand
from midp_ros.expert.reach import ReachRule
from midp_ros.nodes.episodes.recorder_node import RecorderNode
from midp_ros.recording import load_episodes

PULL_S = 0.02
GENTLE = HandLimits(300.0, 8.0, 20.0, 3.0)  # what it sees is late, and the wrist is light
GUIDING = FrankaRobotState.ROBOT_MODE_GUIDING


class Person:
    """Looks at the scene and pulls at the tool, through the stand-in's topic."""

    def __init__(self, robot, seed):
        self.simulation = robot.node._simulation
        self.hand = LeadingHand(ReachRule(), PULL_S, GENTLE)
        self.hand.reset(seed)
        node = robot.graph.probe
        self.pulls = node.create_publisher(WrenchStamped, "/franka_simulation/external_wrench", 1)
        self.timer = node.create_timer(PULL_S, self.pull)

    def pull(self):
        pull, _ = self.hand.pull(self.simulation.observe(), self.simulation.tool())
        message = WrenchStamped()
        force, torque = message.wrench.force, message.wrench.torque
        force.x, force.y, force.z, torque.x, torque.y, torque.z = map(float, pull)
        self.pulls.publish(message)


def test_a_guided_episode_has_the_poses_that_follow_as_its_actions(graph, stand_in, tmp_path):
    # With /clock, for else the arm goes on being pulled where this machine stalls, and no hand would do that.
    graph.probe.set_parameters([rclpy.parameter.Parameter("use_sim_time", value=True)])
    robot = stand_in(seed=3, clock=True, controller="none")
    assert robot.switch("guiding", True).success and robot.mode == GUIDING
    recorder = graph.build(
        RecorderNode, task="reach", out=str(tmp_path), by_operator=True, resets=False, policy="guiding", bell=False,
        use_sim_time=True,
    )  # fmt: skip
    assert graph.spin_until(lambda: not recorder._recording.watch.warnings), recorder._recording.watch.warnings
    assert graph.spin_until(lambda: recorder.now_s() > 0.0), "no /clock"
    assert graph.call(Trigger, "/recorder/start").success
    person = Person(robot, seed=3)
    assert graph.spin_until(lambda: person.simulation.status().success, 40.0), (robot.mode, person.simulation.status())
    assert robot.mode == GUIDING, "no hand trips a reflex"
    assert graph.call(Trigger, "/recorder/success").success
    (episode,) = load_episodes(tmp_path)
    assert episode.success and episode.info["source"] == "guiding"
    contract, gap_s = episode.contract, np.diff(episode.time_s)
    np.testing.assert_allclose(gap_s[gap_s < 1.5 * contract.step_s], contract.step_s, atol=1e-6)
    joined = gap_s < 1.5 * contract.step_s
    ahead = np.flatnonzero(np.convolve(joined, np.ones(GUIDED_AHEAD_STEPS), "valid") == GUIDED_AHEAD_STEPS)
    assert len(ahead) > 10
    for name in ("tool_position", "tool_rotation"):
        action = episode.action[:, contract.action_slices[name]]
        np.testing.assert_array_equal(action[ahead], episode.column(name)[ahead + GUIDED_AHEAD_STEPS])
    led_m = np.linalg.norm(episode.column("tool_position")[-1] - episode.column("tool_position")[0])
    left_m = np.linalg.norm(episode.column("goal_position")[-1] - episode.column("tool_position")[-1])
    assert led_m > 0.05 and left_m < 0.015


def test_without_a_clock_nothing_is_recorded(graph, tmp_path):
    parameters = {"task": "reach", "out": str(tmp_path), "by_operator": True, "resets": False, "policy": "guiding"}
    graph.build(RecorderNode, **parameters, use_sim_time=True, bell=False)
    answer = graph.call(Trigger, "/recorder/start")
    assert not answer.success and answer.message.startswith("no /clock yet")


def test_the_gripper_of_a_guided_arm_closes_and_opens_by_a_call_that_does_not_wait(graph, stand_in, tmp_path):
    robot = stand_in(task="pick", controller="none", gripper_start_s=0.1)
    parameters = {"task": "pick", "out": str(tmp_path), "by_operator": True, "resets": False, "policy": "guiding"}
    recorder = graph.build(RecorderNode, **parameters, bell=False)
    gripper = recorder._hand._client
    assert graph.spin_until(lambda: gripper._move.server_is_ready() and gripper._grasp.server_is_ready())
    width_m = lambda: robot.node._simulation.gripper.width_m  # noqa: E731
    assert width_m() > 0.07
    assert graph.call(Trigger, "/recorder/gripper").message == "the gripper closes"
    assert graph.call(Trigger, "/recorder/gripper").message == "the gripper opens", "while it still closes"
    assert graph.call(Trigger, "/recorder/gripper").message == "the gripper closes"
    assert graph.spin_until(lambda: width_m() < 0.01), width_m()
    assert graph.call(Trigger, "/recorder/gripper").message == "the gripper opens"
    assert graph.spin_until(lambda: width_m() > 0.07), width_m()
