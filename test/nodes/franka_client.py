"""A client of franka_ros2 as people write them: it knows topics, actions and services, and nothing of the stand-in."""

import numpy as np
from control_msgs.action import FollowJointTrajectory
from control_msgs.msg import JointTolerance
from franka_msgs.action import ErrorRecovery, PTPMotion
from franka_msgs.msg import FrankaRobotState
from geometry_msgs.msg import WrenchStamped
from rclpy.action import ActionClient
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from midp_ros.core.stamp import seconds
from midp_ros.nodes.ros.conversions import duration_from_seconds, stamp_from_seconds

ARM = "fr3_arm_controller"
NAMES = [f"fr3_joint{i}" for i in range(1, 8)]
SIMULATION = "franka_simulation"


class Goal:
    """A goal that was sent: whether it was accepted, what came of it."""

    def __init__(self, graph, sent, feedback):
        self._graph, self.feedback = graph, feedback
        assert graph.spin_until(sent.done), "no answer to the goal"
        self.handle = sent.result()
        self._result = self.handle.get_result_async() if self.handle.accepted else None

    @property
    def accepted(self):
        return self.handle.accepted

    @property
    def over(self):
        return self._result.done()

    def cancel(self):
        answer = self.handle.cancel_goal_async()
        assert self._graph.spin_until(answer.done)
        return answer.result()

    def end(self, limit_s=10.0):
        """Waits for the end: status and result."""
        assert self._graph.spin_until(self._result.done, limit_s), "no result"
        return self._result.result().status, self._result.result().result


class FrankaClient:
    """Talks to one arm.

    Attributes:
        states: the FrankaRobotStates heard so far.
        clients: of its actions: follow, recovery and motion.
    """

    def __init__(self, graph, namespace="", names=NAMES, arm=ARM):
        self.graph, self.names, self._namespace = graph, list(names), namespace
        self._probe = graph.probe
        topic = f"{namespace}/franka_robot_state_broadcaster/robot_state"
        self.states = graph.heard(self._probe, FrankaRobotState, topic, qos_profile_sensor_data)
        self.trajectories = self.publisher(JointTrajectory, f"{arm}/joint_trajectory")
        self.targets = self.publisher(JointState, "joint_follower_controller/joint_targets")
        self.wrenches = self.publisher(WrenchStamped, f"{SIMULATION}/external_wrench")
        self.clients = {
            "follow": self._action(FollowJointTrajectory, f"{arm}/follow_joint_trajectory"),
            "recovery": self._action(ErrorRecovery, "action_server/error_recovery"),
            "motion": self._action(PTPMotion, "action_server/ptp_motion"),
        }
        self._push = None
        services = {"user_stop": SetBool, "guiding": SetBool, "restart_control": Trigger}
        switches = [graph.client(kind, f"{namespace}/{SIMULATION}/{name}") for name, kind in services.items()]
        publishers = (self.trajectories, self.targets, self.wrenches)
        assert graph.spin_until(
            lambda: (
                self.states
                and all(client.server_is_ready() for client in self.clients.values())
                and all(client.service_is_ready() for client in switches)
                and all(publisher.get_subscription_count() for publisher in publishers)
            )
        ), "the robot is not there"

    # --- what the robot says -----------------------------------------------------------------------------------------
    @property
    def state(self):
        """A state from after now: what comes first may have been on its way."""
        self.states.clear()
        assert self.graph.spin_until(lambda: len(self.states) > 2), "the robot is silent"
        return self.states[-1]

    @property
    def position_rad(self):
        return np.array(self.state.measured_joint_state.position)

    @property
    def mode(self):
        return self.state.robot_mode

    @property
    def now_s(self):
        return seconds(self._probe.get_clock().now().nanoseconds)

    def comes_to(self, met, limit_s=10.0):
        """Whether a state comes for which this holds."""
        self.states.clear()
        return self.graph.spin_until(lambda: any(met(state) for state in self.states), limit_s)

    # --- what it is asked --------------------------------------------------------------------------------------------
    def publisher(self, kind, topic):
        return self._probe.create_publisher(kind, f"{self._namespace}/{topic}", 10)

    def trajectory(self, *positions_rad, duration_s=0.5, stamp_s=0.0):
        """A message through points, from rest to rest, as MoveIt would send it; a zero stamp means now."""
        message = JointTrajectory(joint_names=self.names)
        message.header.stamp = stamp_from_seconds(stamp_s)
        for i, position_rad in enumerate(positions_rad, 1):
            point = JointTrajectoryPoint(positions=np.asarray(position_rad, float).tolist(), velocities=[0.0] * 7)
            point.time_from_start = duration_from_seconds(i * duration_s)
            message.points.append(point)
        return message

    def gentle_trajectory(self, way_rad):
        """What the position interface takes: the goal's position and a trajectory there, held for a while at first.

        Its first point is past already: towards a first point to come a joint_trajectory_controller starts from the
        measured position, and that is a step away from the desired one.
        """
        here = np.array(self.state.desired_joint_state.position)
        return here + way_rad, self.trajectory(here, here, here + way_rad, duration_s=1.0, stamp_s=self.now_s - 1.5)

    def follow(self, trajectory, path_rad=0.0, goal_time_s=0.0, goal_rad=0.0):
        """Sends a goal, with the same tolerances for every joint."""
        goal = FollowJointTrajectory.Goal(trajectory=trajectory)
        goal.path_tolerance = [JointTolerance(name=name, position=path_rad) for name in self.names if path_rad]
        goal.goal_tolerance = [JointTolerance(name=name, position=goal_rad) for name in self.names if goal_rad]
        goal.goal_time_tolerance = duration_from_seconds(goal_time_s)
        return self._send("follow", goal)

    def recover(self):
        return self._send("recovery", ErrorRecovery.Goal())

    def move_to(self, position_rad, speed_rad_s=0.5):
        velocities = np.broadcast_to(speed_rad_s, (7,)).tolist()
        goal = PTPMotion.Goal(goal_joint_configuration=list(position_rad), maximum_joint_velocities=velocities)
        return self._send("motion", goal)

    def call(self, kind, name, **fields):
        return self.graph.call(kind, f"{self._namespace}/{name}", kind.Request(**fields))

    def switch(self, name, on):
        """`user_stop` or `guiding`."""
        return self.call(SetBool, f"{SIMULATION}/{name}", data=on)

    def restart(self):
        return self.call(Trigger, f"{SIMULATION}/restart_control")

    def push(self, *force_n):
        """Pushes from now on, until told without a force."""
        if self._push is not None:
            self._probe.destroy_timer(self._push)
            self._push = None
        message = WrenchStamped()
        if force_n:
            message.wrench.force.x, message.wrench.force.y, message.wrench.force.z = map(float, force_n)
            self._push = self._probe.create_timer(0.02, lambda: self.wrenches.publish(message))
        else:
            self.wrenches.publish(message)

    def stream(self, target_rad, duration_s=0.0, late_s=0.0):
        """Publishes a joint target once, or at 50 Hz for a while."""
        end_s = self.now_s + duration_s
        while True:
            message = JointState(name=self.names, position=np.asarray(target_rad, float).tolist())
            message.header.stamp = stamp_from_seconds(self.now_s - late_s)
            self.targets.publish(message)
            if self.now_s >= end_s:
                return
            self.graph.spin_for(0.02)

    def close(self):
        self.push()
        for client in self.clients.values():
            client.destroy()

    # --- inside ------------------------------------------------------------------------------------------------------
    def _action(self, kind, name):
        return ActionClient(self._probe, kind, f"{self._namespace}/{name}")

    def _send(self, name, goal):
        feedback = []
        sent = self.clients[name].send_goal_async(goal, lambda message: feedback.append(message.feedback))
        return Goal(self.graph, sent, feedback)
