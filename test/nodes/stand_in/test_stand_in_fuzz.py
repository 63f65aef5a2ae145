"""Streams of good and bad commands against the running node, over DDS: it never stops to answer."""

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from command_streams import FAMILIES, CommandStream
from control_msgs.action import FollowJointTrajectory
from franka_msgs.action import ErrorRecovery, PTPMotion
from geometry_msgs.msg import WrenchStamped
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from std_srvs.srv import SetBool, Trigger

from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros.conversions import duration_from_seconds

STREAMS = 2 * len(FAMILIES) + 4
STREAM_S = 0.35
MOVE, REFLEX = 2, 4
BEYOND_RAD = 0.01  # as in test_robot_fuzz.py
PROFILE = RobotProfile.load("fr3")


class Sender:
    """Puts a stream's events on the graph; waits for no answer."""

    def __init__(self, robot):
        self._robot, self._node = robot, robot.graph.probe
        self._services = {
            "user_stop": self._service(SetBool, "franka_simulation/user_stop", data=True),
            "user_release": self._service(SetBool, "franka_simulation/user_stop", data=False),
            "guide": self._service(SetBool, "franka_simulation/guiding", data=True),
            "unguide": self._service(SetBool, "franka_simulation/guiding", data=False),
            "restart": self._service(Trigger, "franka_simulation/restart_control"),
            "reset": self._service(Trigger, "task/reset"),
        }
        self._parameters = self._node.create_client(SetParameters, "/franka_simulation/set_parameters")
        # A second one on the same topics.
        self._others = {
            "trajectory": robot.publisher(type(robot.trajectory()), "fr3_arm_controller/joint_trajectory"),
            "target": robot.publisher(robot.targets.msg_type, "joint_follower_controller/joint_targets"),
        }
        self._turn, self._running = 0, []

    def send(self, event):
        kind, value, robot = event.kind, event.value, self._robot
        if kind in self._services:
            client, request = self._services[kind]
            client.call_async(request)
        elif kind in self._others:
            self._turn += 1
            own = robot.trajectories if kind == "trajectory" else robot.targets
            (own if self._turn % 2 else self._others[kind]).publish(value)
        elif kind == "controller":
            self.switch(value)
        elif kind == "goal":
            trajectory, path, goal, time_s = value
            self._running.append(
                robot.clients["follow"].send_goal_async(
                    FollowJointTrajectory.Goal(
                        trajectory=trajectory, path_tolerance=path, goal_tolerance=goal,
                        goal_time_tolerance=duration_from_seconds(time_s),
                    )
                )
            )  # fmt: skip
        elif kind == "cancel" and self._running and self._running[-1].done():
            handle = self._running[-1].result()
            if handle.accepted:
                handle.cancel_goal_async()
        elif kind == "recover":
            robot.clients["recovery"].send_goal_async(ErrorRecovery.Goal())
        elif kind == "move_to":
            goal, speed = value
            robot.clients["motion"].send_goal_async(
                PTPMotion.Goal(goal_joint_configuration=goal, maximum_joint_velocities=speed)
            )
        elif kind == "push":
            message = WrenchStamped()
            message.wrench.force.x, message.wrench.force.y, message.wrench.force.z = value[:3].tolist()
            robot.wrenches.publish(message)

    def switch(self, controller):
        value = ParameterValue(type=4, string_value=controller)
        return self._parameters.call_async(
            SetParameters.Request(parameters=[Parameter(name="controller", value=value)])
        )

    def _service(self, kind, name, **fields):
        client = self._node.create_client(kind, f"/{name}")
        assert self._robot.graph.spin_until(client.service_is_ready)
        return client, kind.Request(**fields)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numbers at a double's end are among the commands
@pytest.mark.parametrize("interface", ["effort", "position"])
def test_the_node_lives_through_every_kind_of_stream_and_answers_at_the_end(graph, stand_in, interface):
    robot = stand_in(interface=interface)
    sender = Sender(robot)
    for seed in range(STREAMS // 2):
        stream = CommandStream(seed + 1000, robot.names)
        answer = sender.switch(("trajectory", "stream")[seed % 2])
        assert graph.spin_until(answer.done)
        play(robot, sender, stream)
        assert graph.call(Trigger, "/task/reset").success
    # Left as the last stream left it, and brought back as an operator would.
    play(robot, sender, CommandStream(FAMILIES.index("interventions"), robot.names))
    graph.spin_for(0.5)  # what is still on its way, and the last push
    robot.switch("guiding", False)
    robot.switch("user_stop", False)
    robot.restart()
    if robot.mode == REFLEX:
        assert robot.recover().end()[0] == GoalStatus.STATUS_SUCCEEDED
    for controller in ("none", "trajectory"):
        assert graph.spin_until(sender.switch(controller).done)
    assert robot.comes_to(lambda s: s.robot_mode == MOVE)
    goal_rad, way = robot.gentle_trajectory(np.full(7, 0.05))
    assert robot.follow(way).end()[0] == GoalStatus.STATUS_SUCCEEDED
    np.testing.assert_allclose(robot.position_rad, goal_rad, atol=5e-3)


def play(robot, sender, stream):
    """Plays a stream in real time and looks at everything that the robot says meanwhile."""
    start_s, here = robot.now_s, robot.position_rad
    robot.states.clear()
    while (time_s := robot.now_s - start_s) < STREAM_S:
        for event in stream.due(time_s, robot.now_s, here):
            sender.send(event)
        robot.graph.executor.spin_once(timeout_sec=0.005)
        if robot.states:
            here = np.array(robot.states[-1].measured_joint_state.position)
    for state in robot.states:
        q = np.array(state.measured_joint_state.position)
        beyond = np.maximum(q - PROFILE.position_max_rad, PROFILE.position_min_rad - q)
        assert np.isfinite(q).all() and beyond.max() < BEYOND_RAD, (stream.family, q)
