"""`deployment`: what has to be right, and done, before a policy may move a robot; imports inference, doctor and rclpy.

    robot and policy found -> policy loads -> doctor's checks -> confirmed -> start -> confirmed -> activate, resume

Whatever fails ends it with a message, and nothing moves any more. Once deployed it serves `~/home`:

    policy stopped, recovered from a reflex, deactivated -> start -> confirmed -> activate, resume
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.certify import certificate_lines
from midp_ros.control.loop.start_pose import joint_positions
from midp_ros.core.errors import CommandError, MidpError
from midp_ros.core.package_files import model_path
from midp_ros.core.stamp import seconds
from midp_ros.doctor import Expectation, Finding, Result, Status, diagnose, result
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.kinematics import ArmModel
from midp_ros.nodes.commands import command_output, motion_check
from midp_ros.nodes.deployment import way_planning
from midp_ros.nodes.deployment.operator_confirmation import OperatorConfirmation
from midp_ros.nodes.deployment.start_mover import StartMover
from midp_ros.nodes.deployment.way_planning import WayPlanner
from midp_ros.nodes.doctor.doctor_node import look_around
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.ros.endpoints import namesake
from midp_ros.nodes.ros.lifecycle_client import LifecycleClient
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.robot_names import NAMES, driven_profile, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.ros.waiting import LongWait
from midp_ros.nodes.safety.robot_watch import RobotWatch

PARAMETERS = (
    Parameter(
        "model", "pick", "an ONNX file, or the name of one in models/: whose needs the doctor checks", is_path=True
    ),
    Parameter("robot", "", "robot profile; empty takes the contract's", is_path=True),
    Parameter("policy", "policy", "the lifecycle node to activate"),
    *command_output.PARAMETERS,
    Parameter("gripper", "", "name of the gripper's node; empty: the profile's"),
    Parameter("start_pose", "", "joint positions to start from, J1 first [rad]; empty: the profile's ready pose"),
    Parameter("speed_fraction", 0.2, "of the robot's limits, on the way to the start pose", 0.01, 1.0),
    *motion_check.PARAMETERS,
    *way_planning.PARAMETERS,
    Parameter("confirm", True, "ask before each of the two motions"),
    Parameter("check_seconds", 2.0, "how long the doctor listens [s]", 0.5, 60.0),
    Parameter("patience_s", 30.0, "for robot and policy to come up [s]", 1.0, 600.0),
)
PERIOD_S = 0.05
RESUME_S = 5.0  # for the policy to find the controller
ONCE_S = 0.5  # for a request that is granted at once or never
RECOVERY_S = 30.0
LATE_S = 6.0  # a topic may appear so long after the first look


class DeploymentNode(Node):
    """Carries the sequence out, one look at a time."""

    def __init__(self, **options: Any) -> None:
        super().__init__("deployment", **options)
        declare(self, (*PARAMETERS, *NAMES))
        self.exit_code: int | None = None
        self._contract = OnnxPolicy(model_path(value(self, "model"))).contract.with_known_limits()
        self._profile = driven_profile(self, self._contract)
        named = named_profile(self, self._profile)
        self._start_rad = joint_positions(value(self, "start_pose"), self._profile)
        source = ObservationSource(self, self._contract, named, self.now_s)
        model = ArmModel(self._profile)
        check = motion_check.make_check(self, self._contract, model)
        self._ways = WayPlanner(self, model, self._contract)
        watch = RobotWatch(self, self.now_s)
        self._mover = StartMover(self, named, source, watch, self.now_s, check, self._ways.way)
        self._policy, self._confirmation = LifecycleClient(self, value(self, "policy")), OperatorConfirmation(self)
        self._sequence: Generator[None, None, None] | None = self._deploy()
        self._deployed = False
        self.create_service(Trigger, "~/home", self._on_home)
        self._timer = steady_timer(self, PERIOD_S, self._go_on)

    def now_s(self) -> float:
        """The node's clock [s]."""
        return seconds(self.get_clock().now().nanoseconds)

    def close(self) -> None:
        """Ends the sequence, and a motion to the start pose."""
        if self._sequence is not None:
            self._sequence.close()
        self._mover.close()
        self._ways.close()

    def _deploy(self) -> Generator[None, None, None]:
        yield from self._appears(lambda: self._mover.received, "the robot is silent")
        yield from self._appears(lambda: self._policy.is_there, f"there is no node {value(self, 'policy')!r}")
        yield from self._policy.change("configure")
        yield from self._examine()
        fraction = value(self, "speed_fraction")
        self._show_certificate()
        yield from self._agreed("move to the start pose")
        yield from self._start_policy_there(fraction)
        self._deployed = True
        self.get_logger().info("deployed: the policy is active")

    def _start_policy_there(self, fraction: float) -> Iterator[None]:
        """Moves the arm to the start pose and, confirmed, lets the policy go on."""
        self.get_logger().info(f"moving to the start pose at {fraction:.0%} of the robot's limits")
        yield from self._mover.move(self._start_rad, fraction)
        for _ in self._agreed("let the policy move the arm"):
            self._mover.look("while it was held at the start pose")
            yield
        # The policy begins by holding the arm, too, so that a controller is never without a setpoint.
        yield from self._policy.change("activate")
        self._mover.close()
        yield from self._policy.call("resume", RESUME_S)

    def _go_home(self) -> Generator[None, None, None]:
        """The policy is stopped first, so that after a recovery it does not go on by itself."""
        with suppress(CommandError):  # it is not active: an earlier way home has ended halfway
            yield from self._policy.call("stop", ONCE_S)
        if self._mover.fault:
            yield from self._policy.call("recover", ONCE_S)
            yield from self._appears(lambda: not self._mover.fault, "the robot has not recovered", RECOVERY_S)
        with suppress(CommandError):
            yield from self._policy.change("deactivate")
        yield from self._start_policy_there(value(self, "speed_fraction"))
        self.get_logger().info("home, and the policy is active again")

    def _on_home(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        problem = namesake(self)
        if not problem and (not self._deployed or self._sequence is not None):
            problem = "already on its way" if self._deployed else "not deployed yet"
        response.success, response.message = not problem, problem or "going home; the log shows how it goes"
        if problem:
            return response
        self._sequence = self._go_home()
        self._timer = steady_timer(self, PERIOD_S, self._go_on)
        return response

    def _go_on(self) -> None:
        assert self._sequence is not None
        try:
            next(self._sequence)
        except StopIteration:
            self._rest()
        except MidpError as e:
            if not self._deployed:
                self.get_logger().error(f"not deployed: {e}")
                self.exit_code = 1
                return
            self.get_logger().error(f"not at home: {e}; the policy commands nothing, call ~/home again")
            self._mover.close()
            self._rest()

    def _rest(self) -> None:
        self._sequence = None
        self.destroy_timer(self._timer)

    def _appears(self, there: Callable[[], bool], problem: str, limit_s: float = 0.0) -> Iterator[None]:
        limit_s = limit_s or value(self, "patience_s")
        wait = LongWait(self.get_logger().warning, f"waiting: {problem}")
        while not there():
            if wait.waited_s > limit_s:
                raise CommandError(f"{problem} after {limit_s:g} s")
            wait.look()
            yield

    def _show_certificate(self) -> None:
        """What the model was run through, for the operator who is about to confirm."""
        log = self.get_logger()
        for good, line in certificate_lines(model_path(value(self, "model"))):
            (log.info if good else log.warning)(line)

    def _agreed(self, question: str) -> Iterator[None]:
        if value(self, "confirm"):
            yield from self._confirmation.ask(question)

    def _examine(self) -> Iterator[None]:
        """The doctor's checks; raises CommandError where one fails."""
        expectation = Expectation(
            self._profile,
            self.get_namespace(),
            value(self, "robot_type"),
            value(self, "arm_prefix"),
            value(self, "gripper") or self._profile.gripper_node,
            value(self, "arm_controller"),
            value(self, "stream_topic"),
            self._contract,
        )
        begun_s, log = time.monotonic(), self.get_logger()
        while True:
            snapshot = yield from look_around(expectation.listened_topics(), value(self, "check_seconds"))
            rows = diagnose(snapshot, expectation)
            # franka_bringup's spawners wait for each other: joint states come seconds before the robot's state.
            if time.monotonic() > begun_s + LATE_S or not _absent(rows):
                break
        for row in rows:
            text = f"{row.subject}: {row.aspect}: {row.found}; expected {row.expected}; {row.remedy}"
            if row.status is Status.FAILED:
                log.error(text)
            elif row.status is Status.WARNING:
                log.warning(text)
        if result(rows) in (Result.FAILED, Result.NO_ROBOT):
            raise CommandError("the robot's graph is not as the model needs it; `midp doctor` shows all of it")
        log.info(f"{len(rows)} checks passed")


def _absent(rows: Sequence[Finding]) -> bool:
    """Whether a check has failed, and each that has misses something that may still come."""
    failed = [row for row in rows if row.status is Status.FAILED]
    return bool(failed) and all(row.aspect == "presence" for row in failed)
