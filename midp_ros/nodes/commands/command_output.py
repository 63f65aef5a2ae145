"""Where the arm's commands go: whole trajectories, or a stream of joint targets; imports both outputs and rclpy."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from rclpy.node import Node

from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.delivery import CHANGES, Delivery
from midp_ros.core.arrays import Array
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.output_report import OutputReport
from midp_ros.nodes.commands.stream_output import Sampled, StreamOutput
from midp_ros.nodes.commands.trajectory_output import TrajectoryOutput
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.nodes.ros.robot_names import arm_controller_name

OUTPUTS = ("trajectory", "stream")
PARAMETERS = (
    Parameter("output", "trajectory", "how the arm is commanded", choices=OUTPUTS),
    Parameter("arm_controller", "", "joint_trajectory_controller's name; empty means <robot type>_arm_controller"),
    Parameter("controller_state", "", "topic of its state; empty means <arm_controller>/controller_state"),
    Parameter("change_on_the_way", "safe", "where motions may be changed on their way", choices=CHANGES),
    Parameter("stream_topic", "joint_follower_controller/joint_targets", "where joint targets go with output stream"),
    Parameter("stream_rate_hz", 100.0, "of the joint targets with output stream [Hz]", 50.0, 500.0),
)


class CommandOutput(Protocol):
    """One way to command the arm."""

    def open(self) -> None:
        """Joins the topic."""

    @property
    def publishing(self) -> bool:
        """Whether what is sent reaches the controller; where not, it has to `hold` first."""

    @property
    def silence_s(self) -> float:
        """Since this output last published a target, where silence matters to the controller [s], else 0."""

    def hold(self, position_rad: Array, firmly: bool = False) -> None:
        """Holds the arm there (joints,) until there is a trajectory to follow, whatever was sent before.

        Args:
            firmly: trajectories are dropped, until it is to hold in the other way.
        """

    def hush(self) -> None:
        """Publishes nothing more until it is to hold."""

    def send(self, commands: Commands, observed_s: float | None = None) -> bool:
        """Follows the commands' trajectory; returns False where it is too late for that, and sends nothing.

        Args:
            observed_s: when the newest observation that it answers to was published, by the wall clock [s]; for the
                figures.
        """

    def look(self) -> None:
        """Called at every control step while it is open."""

    def delivery(self) -> Delivery:
        """What is known of the messages' fate; another one for each that sends."""

    @property
    def report(self) -> OutputReport:
        """How it stands; while it is open."""

    @property
    def streams(self) -> Collection[bytes] | None:
        """The processes in the graph that stream, or did, for this output; None while that is not known."""

    def close(self) -> None:
        """Falls silent, once the arm rests, and leaves the topic; it may be opened again."""

    def end(self) -> None:
        """For good; after `close`."""


def make_output(
    node: Node, profile: RobotProfile, clock: Callable[[], float], sample: Callable[[float], Sampled]
) -> CommandOutput:
    """The output that the node's parameters ask for.

    Args:
        clock: the node's time [s].
        sample: commanded position and velocity at a time, or None while nothing is to be streamed.
    """
    if value(node, "output") == "stream":
        topic, rate_hz = value(node, "stream_topic"), value(node, "stream_rate_hz")
        return StreamOutput(node, profile, topic, rate_hz, clock, sample)
    controller = controller_name(node, profile)
    state_topic = value(node, "controller_state") or f"{controller}/controller_state"
    return TrajectoryOutput(node, profile, controller, state_topic, value(node, "change_on_the_way"), clock)


def command_topic(node: Node, controller: str) -> str:
    """The topic that commands a controller, by the node's parameters."""
    return str(value(node, "stream_topic")) if value(node, "output") == "stream" else f"{controller}/joint_trajectory"


def controller_name(node: Node, profile: RobotProfile) -> str:
    """The controller that the output commands, by the node's parameters."""
    if value(node, "output") == "stream":
        return str(value(node, "stream_topic")).rpartition("/")[0]
    return arm_controller_name(node, profile)


def follower_state_topic(node: Node) -> str:
    """Topic of the follower's state; empty with another output, or for a target without a node."""
    follower = str(value(node, "stream_topic")).rpartition("/")[0]
    return f"{follower}/state" if follower and value(node, "output") == "stream" else ""
