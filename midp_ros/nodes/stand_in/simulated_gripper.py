"""franka_gripper's actions and service on the simulated hand; imports simulation, franka_msgs and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from control_msgs.action import GripperCommand
from franka_msgs.action import Grasp, Homing, Move
from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.core.stamp import seconds
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros.deferred_action_server import DeferredActionServer
from midp_ros.nodes.ros.parameters import Parameter
from midp_ros.simulation.hand.gripper import Gripper
from midp_ros.simulation.hand.hand import Hand
from midp_ros.simulation.hand.hand_command import Command, HandTiming, Status

FEEDBACK_RATE_HZ = 30.0  # franka_gripper_node.yaml
TIMING = (
    Parameter("gripper_start_s", HandTiming.start_s, "from a goal until the fingers move [s]", 0.0, 5.0),
    Parameter("gripper_settle_s", HandTiming.settle_s, "from the fingers' stand to the result [s]", 0.0, 5.0),
)
PARAMETERS = (
    *TIMING,
    Parameter("gripper_homed", True, "the hand knows its widest opening at the start, else homing has to come first"),
)


@dataclass(frozen=True)
class Goal:
    """An accepted goal and the hand's command for it."""

    server: DeferredActionServer
    handle: Any
    command: Command


class SimulatedGripper:
    """Serves `homing`, `move`, `grasp`, `gripper_action` and `stop` as the node franka_gripper does.

    Every goal is accepted. A newer one aborts the running one, whose error is then "libfranka gripper: Command
    aborted!"; so does `stop`, and a cancel stops the fingers too. A command that the hand cannot execute is
    accepted and aborted with "libfranka gripper: Command failed!". A grasp of another width is aborted without a text.
    gripper_action reports the width in `position`, though it receives half of it. At the start the hand counts as
    homed.

    Args:
        gripper: gives the present simulated gripper, which a reset replaces.
        time_s: the simulation's clock, by which commands last; the node's where it is left out.
        timing: a command's waits.
        homed: whether the hand knows its widest opening at the start.
    """

    def __init__(
        self,
        node: Node,
        namespace: str,
        profile: RobotProfile,
        gripper: Callable[[], Gripper],
        time_s: Callable[[], float] | None = None,
        timing: HandTiming | None = None,
        homed: bool = True,
    ):
        self._node = node
        self._time_s = time_s or (lambda: seconds(node.get_clock().now().nanoseconds))
        self._hand = Hand(gripper, profile, timing or HandTiming(), homed)
        self._goals: list[Goal] = []
        self._serve(Homing, f"{namespace}/homing", lambda goal: self._hand.homing())
        self._serve(Move, f"{namespace}/move", lambda goal: self._hand.move(goal.width, goal.speed))
        self._serve(Grasp, f"{namespace}/grasp", self._grasp)
        self._serve(GripperCommand, f"{namespace}/gripper_action", self._gripper_action)
        node.create_service(Trigger, f"{namespace}/stop", self._on_stop)
        node.create_timer(1.0 / FEEDBACK_RATE_HZ, self._feed_back)

    def look(self) -> None:
        """Called regularly: continues the running command and ends the goals that are over."""
        self._hand.advance(self._time_s())
        for goal in self._goals:
            if goal.handle.is_cancel_requested and goal.command.status is Status.RUNNING:
                self._hand.stop()
        self._end_goals()

    def finish(self) -> None:
        """Aborts what is running, as when a reset takes the hand away."""
        self._hand.stop()
        self._end_goals()

    def _serve(self, kind: Any, name: str, command: Callable[[Any], Command]) -> None:
        server = DeferredActionServer(self._node, kind, name, lambda handle: self._begin(server, handle, command))

    def _begin(self, server: DeferredActionServer, handle: Any, command: Callable[[Any], Command]) -> None:
        self._goals.append(Goal(server, handle, command(handle.request)))
        self._end_goals()

    def _grasp(self, goal: Grasp.Goal) -> Command:
        return self._hand.grasp(goal.width, goal.speed, goal.force, goal.epsilon.inner, goal.epsilon.outer)

    def _gripper_action(self, goal: GripperCommand.Goal) -> Command:
        return self._hand.gripper_action(goal.command.position, goal.command.max_effort)

    def _end_goals(self) -> None:
        over = [goal for goal in self._goals if goal.command.status is not Status.RUNNING]
        self._goals = [goal for goal in self._goals if goal.command.status is Status.RUNNING]
        for goal in over:
            succeeded = goal.command.status is Status.SUCCESS
            goal.server.end(goal.handle, succeeded, self._result(goal, succeeded))

    def _result(self, goal: Goal, succeeded: bool) -> Any:
        kind = goal.server.action_type
        if kind is not GripperCommand:
            return kind.Result(success=succeeded, error=goal.command.error)
        if goal.command.error:  # its result has no field for it
            self._node.get_logger().error(goal.command.error)
        return kind.Result(position=self._hand.width_m, reached_goal=succeeded)

    def _feed_back(self) -> None:
        for goal in self._goals:
            kind, width_m = goal.server.action_type, self._hand.width_m
            field = "position" if kind is GripperCommand else "current_width"
            goal.handle.publish_feedback(kind.Feedback(**{field: width_m}))

    def _on_stop(self, request: Any, response: Trigger.Response) -> Trigger.Response:
        self.finish()
        response.success = True
        return response
