"""The lifecycle node that runs any core.protocols.Policy; imports the policy's loop and rclpy."""

from __future__ import annotations

import gc
from typing import Any

from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from midp_ros.control.loop.commands import Tracker
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError
from midp_ros.core.protocols import Policy
from midp_ros.core.stamp import seconds
from midp_ros.kinematics import ArmModel, tracker_of
from midp_ros.nodes.commands import motion_check
from midp_ros.nodes.policy import loop_diagnostics, policy_loop
from midp_ros.nodes.policy.inference_thread import InferenceThread
from midp_ros.nodes.policy.policy_loop import PolicyLoop
from midp_ros.nodes.policy.single_node import claim_name
from midp_ros.nodes.ros.endpoints import discover, graph_age_s
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.robot_names import NAMES
from midp_ros.nodes.ros.robust_lifecycle import RobustLifecycleNode
from midp_ros.nodes.safety import watchdog
from midp_ros.nodes.safety.watchdog import Watchdog

PARAMETERS = (
    *policy_loop.PARAMETERS,
    Parameter("autostart", True, "configure and activate at the start"),
    Parameter("discovery_s", 1.0, "least time to discover others before the first motion [s]", 0.0, 30.0),
    *watchdog.PARAMETERS,
    *loop_diagnostics.PARAMETERS,
)


class PolicyLoopNode(RobustLifecycleNode):
    """Observes, acts and commands at the contract's rate. A subclass says which policy.

    Publishes the trajectories or targets, `~/action` (the action in force at each control step), `~/planned_path` (the
    tool poses of a chunk that was taken over) and /diagnostics.
    Deactivated, the arm is brought to rest and held; activated, it starts from the measured state. While it is active
    the watchdog's services stop it and let it go on.

    Attributes:
        configures_at_start: without `autostart`, too.
    """

    configures_at_start = False

    def __init__(self, name: str, parameters: tuple[Parameter, ...], **options: Any):
        super().__init__(name, **options)
        graph_age_s(self)  # others are discovered from now on
        self._claim = claim_name(self)
        self._loop: PolicyLoop | None = None
        try:
            self._build(parameters)
        except MidpError:
            self._claim.close()
            raise

    def load_policy(self) -> Policy:
        """The policy to run; raises MidpError."""
        raise NotImplementedError

    def make_tracker(self, model: ArmModel, contract: Contract) -> Tracker:
        """What turns the policy's chunks into joints."""
        return tracker_of(model, contract)

    def make_check(self, model: ArmModel, contract: Contract) -> MotionCheck:
        """What refuses a motion before it is sent."""
        return motion_check.make_check(self, contract, model)

    def now_s(self) -> float:
        """The node's clock [s]."""
        return seconds(self.get_clock().now().nanoseconds)

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Loads the policy and connects it; refuses, with the reason, where something does not fit."""
        try:
            self._configured()
        except MidpError as e:
            self.get_logger().error(str(e))
            return TransitionCallbackReturn.FAILURE
        discover(self, value(self, "discovery_s"))
        return super().on_configure(state)

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Starts an episode from the measured state."""
        gc.freeze()  # a collection looks only at what is new
        self._configured().begin()
        return super().on_activate(state)

    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stops the arm and its commands."""
        self.close()
        return super().on_deactivate(state)

    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets the policy, so that another model can be configured."""
        if self._loop is not None:
            self._loop.disconnect()
        self._forget()
        return super().on_cleanup(state)

    def close(self) -> None:
        """Brings the arm to rest, as at the end of the process."""
        if self._loop is not None:
            self._loop.end()
        gc.unfreeze()

    def destroy_node(self) -> None:
        """Ends what outlives the node otherwise."""
        self._forget()
        self._claim.close()
        super().destroy_node()

    def _build(self, parameters: tuple[Parameter, ...]) -> None:
        declare(self, (*parameters, *PARAMETERS, *NAMES))
        self._thread = InferenceThread()
        self._watchdog = Watchdog(self, self.now_s)
        starts = value(self, "autostart")
        if starts or self.configures_at_start:
            self._configured()
            self.trigger_configure()
        if starts:
            self.trigger_activate()

    def _configured(self) -> PolicyLoop:
        """The loop, made now where there is none; raises MidpError."""
        if self._loop is None:
            policy = self.load_policy()
            made = self.make_tracker, self.make_check
            self._loop = PolicyLoop(self, policy, self._thread, self._watchdog, self.now_s, *made)
        return self._loop

    def _forget(self) -> None:
        if self._loop is not None:
            self._loop.destroy()
            self._loop = None
