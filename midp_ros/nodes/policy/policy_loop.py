"""A policy's loop over topics: observations in, commands out; imports control, kinematics, conversions and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray
from nav_msgs.msg import Path
from rclpy.node import Node
from sensor_msgs.msg import JointState

from midp_ros.control import (
    HANDOVERS,
    Commands,
    CommandShaper,
    ContactGuard,
    LimitFractions,
    ObservationMonitor,
    PlausibilityCheck,
    PolicyRunner,
)
from midp_ros.control.loop.commands import RunnerStatus, Tracker
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.control.supervision.contact_guard import FEEL_S, SHARE
from midp_ros.control.timing.duration_histogram import DurationHistogram
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.kinematics import ArmModel
from midp_ros.nodes.black_box import box_service
from midp_ros.nodes.black_box.loop_black_box import LoopBlackBox
from midp_ros.nodes.commands import command_output, motion_check
from midp_ros.nodes.commands.command_output import controller_name, make_output
from midp_ros.nodes.commands.gripper_client import GripperClient
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.policy.gated_steps import GatedSteps
from midp_ros.nodes.policy.inference_thread import InferenceThread
from midp_ros.nodes.policy.loop_diagnostics import LoopDiagnostics
from midp_ros.nodes.ros.conversions import action_message, planned_path_message
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.nodes.ros.robot_names import driven_profile, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.safety.active_watch import ActiveWatch, Commanded
from midp_ros.nodes.safety.watchdog import Watchdog

PARAMETERS = (
    Parameter("robot", "", "robot profile; empty takes the contract's", is_path=True),
    *command_output.PARAMETERS,
    Parameter("gripper", "", "name of the gripper's node; empty: the profile's"),
    Parameter("velocity_fraction", 0.9, "of the arm's joint velocity limits that commands may use", 0.01, 1.0),
    Parameter("acceleration_fraction", 0.9, "of its acceleration limits", 0.01, 1.0),
    Parameter("jerk_fraction", 0.5, "of its jerk limits", 0.01, 1.0),
    Parameter("lead_s", 0.05, "least time from a chunk to the first change of the motion [s]", 0.0, 0.5),
    Parameter("handover", "auto", "how a chunk takes over from the one before it", choices=HANDOVERS),
    Parameter("max_observation_age_s", 0.5, "older observations hold the arm [s]", 0.05, 10.0),
    Parameter("check_plausibility", True, "jumps, and positions out of reach or under the table, hold the arm"),
    Parameter("contact_share", SHARE, "of a collision's threshold: a motion that presses harder is stopped", 0.0, 1.0),
    *motion_check.PARAMETERS,
    *box_service.PARAMETERS,
    Parameter("seed", 0, "of the policy's noise, from the next activation on", 0, 2**31 - 1, changeable=True),
)
MakeTracker = Callable[[ArmModel, Contract], Tracker]
LONGEST_HOLD_S, LOOK_S = 1.0, 0.01  # for what observes and listens to be found
ASIDE_S = 0.015  # how long the node leaves the interpreter to the planning thread, at the most; and a quarter of a step


@dataclass(frozen=True)
class Activation:
    """Figures and control steps from activation to deactivation."""

    diagnostics: LoopDiagnostics
    steps: GatedSteps
    feeling: Callable[[], object]

    def end(self) -> None:
        """Ends all."""
        self.feeling()
        self.steps.end()
        self.diagnostics.end()


class PolicyLoop:
    """A configured policy: its observations, its runner and its commands.

    Between `begin` and `end` it runs at the contract's rate, each step when fresh observations have come.

    Args:
        clock: the node's time [s].
        make_tracker: from the arm's model and the contract to what turns a chunk into joints.
        make_check: from the arm's model and the contract to what refuses a motion before it is sent.
    """

    def __init__(
        self,
        node: Node,
        policy: Policy,
        thread: InferenceThread,
        watchdog: Watchdog,
        clock: Callable[[], float],
        make_tracker: MakeTracker,
        make_check: Callable[[ArmModel, Contract], MotionCheck],
    ):
        self._node, self._policy, self._thread = node, policy, thread
        self._watchdog, self._clock = watchdog, clock
        contract = policy.contract.with_known_limits()
        profile = driven_profile(node, contract)
        model = ArmModel(profile)
        self._profile = named_profile(node, profile)
        self._active: Activation | None = None
        self._output = make_output(node, self._profile, clock, lambda time_s: self._runner.sample(time_s))
        plausibility = PlausibilityCheck(contract, model, motion_check.table_height_m(node, contract))
        self._monitor = ObservationMonitor(
            contract.in_namespace(node.get_namespace()),
            value(node, "max_observation_age_s"),
            plausibility if value(node, "check_plausibility") else None,
            getattr(policy, "needed", None),  # core.protocols.SelectivePolicy
        )
        self._observations = PolledObservations(node, contract, self._profile, clock)
        limits = (value(node, f"{what}_fraction") for what in ("velocity", "acceleration", "jerk"))
        self._runner = PolicyRunner(
            policy, make_tracker(model, contract), self._monitor, clock, self._ask, self._send,
            self._profile.gripper_width_max_m, CommandShaper(profile, fractions=LimitFractions(*limits)),
            value(node, "lead_s"), partial(watchdog.held_rad, self._profile.joint_names), value(node, "handover"),
            make_check(model, contract), self._output.delivery(), ContactGuard(profile, value(node, "contact_share")),
        )  # fmt: skip
        hand, finished = value(node, "gripper") or profile.gripper_node, self._runner.gripper_finished
        self._gripper = GripperClient(node, hand, profile, finished)
        self._actions = node.create_publisher(JointState, "~/action", 10)
        self._paths = node.create_publisher(Path, "~/planned_path", 1)
        self._reports = node.create_publisher(DiagnosticArray, "/diagnostics", 1)
        self._chunks = DurationHistogram()
        self._box = LoopBlackBox(node, self._profile, policy.contract, getattr(policy, "path", None), clock)

    def begin(self) -> None:
        """Starts an episode from the measured state."""
        self._observations.clear()
        self._runner.reset(value(self._node, "seed"))
        self._output.open()
        joint_names = self._profile.joint_names
        watch = self._watchdog.begin(
            Commanded(
                self._runner, self._monitor, self._output, controller_name(self._node, self._profile), joint_names,
                partial(self._watchdog.held_rad, joint_names),
            )
        )  # fmt: skip
        if value(self._node, "held"):
            self._hold(watch)
        diagnostics = LoopDiagnostics(
            self._node, self._reports, watch, self._policy, self._runner, self._output, self._chunks, self._clock
        )
        step, step_s = partial(self._step, watch, diagnostics), self._policy.contract.step_s
        steps = GatedSteps(self._node, step_s, self._observations, partial(self._look, watch), step)
        feel = steady_timer(self._node, FEEL_S, self._feel) if value(self._node, "contact_share") else None
        self._active = Activation(diagnostics, steps, lambda: feel and self._node.destroy_timer(feel))

    def end(self) -> None:
        """Stops the arm and its commands."""
        self._watchdog.end()
        if self._active is not None:
            self._active.end()
            self._runner.stop()
            self._output.close()
            self._active = None
            self._box.finish()

    def status(self) -> RunnerStatus:
        """State of the loop."""
        return self._runner.status()

    def commanded(self, time_s: float, measured_rad: Array) -> tuple[Array, Array]:
        """Joint positions [rad] and velocities [rad/s] that the arm was commanded for a time; where it is held.

        Args:
            measured_rad: the joints then (joints,).
        """
        if (known := self._runner.sample(time_s)) is not None:
            return known
        return self._watchdog.held_rad(self._profile.joint_names, measured_rad), np.zeros_like(measured_rad)

    def disconnect(self) -> None:
        """Leaves its topics and the gripper."""
        self._observations.close()
        self._gripper.close()
        for publisher in (self._actions, self._paths, self._reports):
            self._node.destroy_publisher(publisher)

    def destroy(self) -> None:
        """Ends what outlives the node otherwise."""
        self._output.end()
        self._box.close()

    # --- what happens inside -----------------------------------------------------------------------------------------
    def _look(self, watch: ActiveWatch) -> None:
        watch.look()
        self._box.look(watch.condition, watch.latched)

    def _step(self, watch: ActiveWatch, diagnostics: LoopDiagnostics) -> None:
        diagnostics.stepped(self._observations.published_s)
        samples = self._observations.samples()
        watch.received(samples, self._observations.arrived_s)
        self._box.step(samples)
        issued = self._runner.tick(samples)
        self._output.look()
        if issued is not None:
            self._actions.publish(action_message(self._policy.contract, issued.time_s, issued.action))
        if (news := self._runner.report()) is not None:
            diagnostics.tell(*news)
            self._box.note(": ".join(filter(None, (news[0].value, news[1]))))

    def _feel(self) -> None:
        """Between the control steps: a motion that presses too hard is stopped."""
        if (felt := self._watchdog.external()) is None or not (near := self._runner.feel(felt)):
            return
        self._node.get_logger().warning(f"contact: the motion was stopped, {near}", throttle_duration_sec=1.0)
        self._box.note(f"contact: {near}")

    def _hold(self, watch: ActiveWatch) -> None:
        """Takes the arm over at once, as the node that has held it so far may be waiting for that."""
        end_s = time.monotonic() + LONGEST_HOLD_S
        while self._output.silence_s > 0.0 and time.monotonic() < end_s:
            self._observations.take()
            watch.look()
            watch.received(self._observations.samples(), self._observations.arrived_s)
            self._output.look()
            time.sleep(LOOK_S)

    def _ask(self, job: Callable[[], None]) -> None:
        if self._active is not None:
            self._active.diagnostics.asked()
        done = self._thread.submit(job)
        # Else, whenever it has let go of the interpreter, it waits up to sys.getswitchinterval() to get it back.
        done.wait(min(ASIDE_S, self._policy.contract.step_s / 4))

    def _send(self, commands: Commands) -> bool:
        """Returns False where the commands came too late and were not sent."""
        active = self._active
        if active is None or self._watchdog.forbids_to_send():
            return True
        if commands.chunk is not None:
            return self._send_motion(active, commands)
        if commands.trajectory is not None:
            sent = self._output.send(commands)
            self._box.sent(commands, sent)
            if not sent:
                return False
        if commands.gripper_width_m is not None:
            self._gripper.send(commands.gripper_width_m)
        return True

    def _send_motion(self, active: Activation, commands: Commands) -> bool:
        observed_s = active.diagnostics.answered()
        if commands.trajectory is not None:
            with self._runner.stages.timed("publishing"):
                sent = self._output.send(commands, observed_s)
            self._box.sent(commands, sent)
            if not sent:
                return False
        if commands.chunk is not None and self._paths.get_subscription_count():
            path = planned_path_message(self._policy.contract, commands.chunk, self._profile.base_frame)
            self._paths.publish(path)
        return True
