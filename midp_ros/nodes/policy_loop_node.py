"""The lifecycle node that runs any core.protocols.Policy; imports control, kinematics, conversions and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from nav_msgs.msg import Path
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn
from sensor_msgs.msg import JointState

from midp_ros.control import HANDOVERS, Commands, CommandShaper, LimitFractions, PolicyRunner, Supervisor
from midp_ros.core.errors import MidpError
from midp_ros.core.protocols import Policy
from midp_ros.core.stamp import seconds
from midp_ros.kinematics import ArmModel, RobotProfile, ToolTracker
from midp_ros.nodes import command_output, watchdog
from midp_ros.nodes.command_output import Sampled, controller_name, make_output
from midp_ros.nodes.conversions import action_message, planned_path_message
from midp_ros.nodes.gripper_client import GripperClient
from midp_ros.nodes.inference_thread import InferenceThread
from midp_ros.nodes.loop_diagnostics import LoopDiagnostics
from midp_ros.nodes.observation_source import ObservationSource
from midp_ros.nodes.parameters import Parameter, declare, value
from midp_ros.nodes.robot_names import NAMES, named_profile
from midp_ros.nodes.steadfast_lifecycle import SteadfastLifecycleNode
from midp_ros.nodes.watchdog import Watchdog

PARAMETERS = (
    Parameter("robot", "", "robot profile; empty takes the contract's"),
    *command_output.PARAMETERS,
    Parameter("gripper", "", "name of the gripper's node; empty: the profile's"),
    Parameter("velocity_fraction", 0.9, "of the arm's joint velocity limits that commands may use", 0.01, 1.0),
    Parameter("acceleration_fraction", 0.9, "of its acceleration limits", 0.01, 1.0),
    Parameter("jerk_fraction", 0.5, "of its jerk limits", 0.01, 1.0),
    Parameter("lead_s", 0.05, "a new chunk changes the motion at the earliest so long after it was computed [s]", 0.0, 0.5),
    Parameter("handover", "auto", "how a chunk takes over from the one before it", choices=HANDOVERS),
    Parameter("max_observation_age_s", 0.5, "older observations hold the arm [s]", 0.05, 10.0),
    Parameter("seed", 0, "of the policy's noise, from the next activation on", 0, 2**31 - 1, changeable=True),
    Parameter("autostart", True, "configure and activate at the start"),
    *watchdog.PARAMETERS,
)
DIAGNOSTICS_PERIOD_S = 1.0


class PolicyLoopNode(SteadfastLifecycleNode):
    """Observes, acts and commands at the contract's rate. A subclass says which policy.

    Publishes the trajectories or targets, `~/action` (the action in force at each control step), `~/planned_path` (the
    tool poses of a chunk that was taken over) and /diagnostics.
    Deactivated, the arm is brought to rest and held; activated, it starts from the measured state. While it is active
    the watchdog's services stop it and let it go on.
    """

    def __init__(self, name: str, parameters: tuple[Parameter, ...], **options: Any):
        super().__init__(name, **options)
        declare(self, (*parameters, *PARAMETERS, *NAMES))
        self._thread = InferenceThread()
        self._runner: PolicyRunner | None = None
        self._commanding = False
        self._loop_timers: list[Any] = []
        self._watchdog = Watchdog(self)
        self._diagnostics = LoopDiagnostics(self, self._watchdog, self.now_s)
        if value(self, "autostart"):
            self._configure()
            self.trigger_configure()
            self.trigger_activate()

    def load_policy(self) -> Policy:
        """The policy to run; raises MidpError."""
        raise NotImplementedError

    def now_s(self) -> float:
        """The node's clock [s]."""
        return seconds(self.get_clock().now().nanoseconds)

    # --- lifecycle ---------------------------------------------------------------------------------------------------
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Loads the policy and connects it; refuses, with the reason, where something does not fit."""
        try:
            if self._runner is None:
                self._configure()
        except MidpError as e:
            self.get_logger().error(str(e))
            return TransitionCallbackReturn.FAILURE
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts an episode from the measured state."""
        assert self._runner is not None
        self._source.clear()
        self._runner.reset(value(self, "seed"))
        self._output.open()
        self._commanding = True
        controller = controller_name(self, self._profile)
        self._watchdog.begin(self._runner, self._supervisor, controller, lambda: self._output.report.listeners)
        self._diagnostics.begin(self._policy, self._runner, self._output)
        self._loop_timers = [
            self.create_timer(self._policy.contract.step_s, self._tick),
            self.create_timer(DIAGNOSTICS_PERIOD_S, self._diagnostics.publish),
        ]
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Brings the arm to rest and falls silent."""
        self.close()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets the policy, so that another model can be configured."""
        self._forget()
        self._source.close()
        self._gripper.close()
        return super().on_cleanup(state)

    def close(self) -> None:
        """Brings the arm to rest, as at the end of the process."""
        for timer in self._loop_timers:
            self.destroy_timer(timer)
        self._loop_timers = []
        self._watchdog.end()
        if self._commanding and self._runner is not None:
            self._runner.stop()
            self._output.close()
            self._commanding = False

    def destroy_node(self) -> None:
        """Ends what outlives the node otherwise."""
        self._forget()
        super().destroy_node()

    # --- what happens inside -----------------------------------------------------------------------------------------
    def _configure(self) -> None:
        self._policy = self.load_policy()
        contract = self._policy.contract
        profile = RobotProfile.load(value(self, "robot") or contract.robot)
        self._profile = named_profile(self, profile)
        tracker = ToolTracker(ArmModel(profile), contract)
        self._output = make_output(self, self._profile, self.now_s, self._sample)
        self._supervisor = Supervisor(contract, value(self, "max_observation_age_s"))
        self._source = ObservationSource(self, contract, self._profile, self.now_s)
        self._runner = PolicyRunner(
            self._policy, tracker, self._supervisor, self.now_s, self._ask, self._send,
            self._profile.gripper_width_max_m, self._shaper(profile), value(self, "lead_s"),
            partial(self._watchdog.held_rad, self._profile.joint_names), value(self, "handover"),
        )  # fmt: skip
        hand = value(self, "gripper") or profile.gripper_node
        self._gripper = GripperClient(self, hand, profile, self._runner.gripper_finished)
        self._actions = self.create_publisher(JointState, "~/action", 10)
        self._paths = self.create_publisher(Path, "~/planned_path", 1)

    def _forget(self) -> None:
        if self._runner is not None:
            self._runner = None
            self._output.end()

    def _sample(self, time_s: float) -> Sampled:
        return None if self._runner is None else self._runner.sample(time_s)

    def _shaper(self, profile: RobotProfile) -> CommandShaper:
        limits = (value(self, f"{what}_fraction") for what in ("velocity", "acceleration", "jerk"))
        return CommandShaper(profile, fractions=LimitFractions(*limits))

    def _tick(self) -> None:
        assert self._runner is not None
        self._watchdog.look(self.now_s())
        samples = self._source.samples()
        self._diagnostics.stepped(samples)
        issued = self._runner.tick(samples)
        self._output.look()
        if issued is not None:
            self._actions.publish(action_message(self._policy.contract, issued.time_s, issued.action))
        if (news := self._runner.report()) is not None:
            self._diagnostics.tell(*news)

    def _ask(self, job: Callable[[], None]) -> None:
        self._diagnostics.asked()
        self._thread.submit(job)

    def _send(self, commands: Commands) -> None:
        observed_s = None
        if commands.chunk is not None:
            observed_s = self._diagnostics.answered()
        if commands.trajectory is not None and self._commanding:
            self._output.send(commands.trajectory, observed_s)
        if commands.gripper_width_m is not None:
            self._gripper.send(commands.gripper_width_m)
        if commands.chunk is not None:
            frame = self._profile.base_frame
            self._paths.publish(planned_path_message(self._policy.contract, commands.chunk, frame))
