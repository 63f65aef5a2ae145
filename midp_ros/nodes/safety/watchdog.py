"""Watches the robot for a policy's loop, and serves the operator; imports control and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.control import LatchedStop, ObservationMonitor, PolicyRunner, Recovery, RobotCondition, Sample, State
from midp_ros.control.loop.runner import JOINTS
from midp_ros.control.loop.start_pose import departure
from midp_ros.control.supervision.recovery import WAYS
from midp_ros.core.arrays import Array
from midp_ros.core.errors import CommandError, MidpError
from midp_ros.nodes.commands.command_output import CommandOutput
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.nodes.safety.clock_jumps import ClockJumps
from midp_ros.nodes.safety.competing_publishers import CompetingPublishers
from midp_ros.nodes.safety.recovery_steps import RecoverySteps
from midp_ros.nodes.safety.robot_watch import RobotWatch
from midp_ros.nodes.safety.setpoint_keepalive import SetpointKeepalive

HELD = "held at the start"
PARAMETERS = (
    Parameter("held", False, "begin by holding the arm, until ~/resume"),
    Parameter("controller_patience_s", 0.5, "a controller that is missed longer holds the arm [s]", 0.1, 10.0),
    Parameter("longest_silence_s", 3.0, "a robot that is silent longer is held until ~/resume [s]", 1.0, 60.0),
    Parameter("recovery", "confirm", "after a reflex: never, on request (~/recover), or by itself", choices=WAYS),
    Parameter("recovery_attempts", 1, "how often recovery auto starts, per activation", 0, 10),
    Parameter("recovery_step_limit_s", 10.0, "a step of a recovery that takes longer ends it [s]", 1.0, 60.0),
)


class Watchdog:
    """Forbids motion while the robot, its controller or the operator does.

    Serves `~/stop`, `~/resume` and `~/recover`. What it latches ends by a service or with the activation.

    Args:
        clock: the node's time [s].
    """

    def __init__(self, node: Node, clock: Callable[[], float]):
        self._node, self._logger, self._clock = node, node.get_logger(), clock
        self._watch, self._steps = RobotWatch(node, clock), RecoverySteps(node)
        self._runner: PolicyRunner | None = None
        self._condition = RobotCondition()
        for name, act in (("stop", self._stop), ("resume", self._resume), ("recover", self._recover)):
            node.create_service(Trigger, f"~/{name}", partial(self._serve, act))
        self._jumps = ClockJumps(node, clock, self._on_jump)

    def begin(
        self,
        runner: PolicyRunner,
        supervisor: ObservationMonitor,
        controller: str,
        output: CommandOutput,
        names: Sequence[str],
    ) -> None:
        """A new activation of what commands the named joints, with nothing latched unless it is to begin held."""
        self._runner, self._supervisor = runner, supervisor
        self._controller, self._output, self._names = controller, output, names
        self._keeper, self._unkept = SetpointKeepalive(output, self._watch.follower), ""
        self._competitors = CompetingPublishers(self._node, controller)
        joints = next(entry for entry in supervisor.contract.observation if entry.name == JOINTS)
        self._watch.begin(joints.topic, value(self._node, "longest_silence_s"))
        self._silence = ""
        self._jumps.begin()
        self._latched_stop = LatchedStop(value(self._node, "controller_patience_s"))
        if value(self._node, "held"):
            self._latched_stop.stop(HELD)
        limits = (value(self._node, name) for name in ("recovery", "recovery_attempts", "recovery_step_limit_s"))
        self._recovery = Recovery(*limits)

    def end(self) -> None:
        """The activation is over."""
        self._runner = None

    def look(self) -> None:
        """Called at every control step, before the policy's."""
        self._jumps.look()
        report = self._output.report
        self._condition = self._watch.look(report.listeners)
        self._latched_stop.look(self._clock(), self._condition)
        if report.interrupted_s:
            self._latched_stop.stop(f"the stream of joint targets was interrupted for {report.interrupted_s:.2f} s")
            self._output.hush()
        if replaced := self._watch.replaced():
            self._latched_stop.stop(replaced)
        self._look_for_competitors()
        if self._recovery.wants(self._condition.stopped_by_error):
            self._logger.warning("recovering from the error by itself")
            self._recovery.begin(self._steps.steps(), automatic=True)
        if self._recovery.under_way:
            self._go_on()
        self._supervisor.forbid(self._reason())

    def received(self, samples: Mapping[str, Sample], arrived_s: Mapping[str, float]) -> None:
        """What the policy is about to see; by it the arm is held, as long as it is not moved.

        Args:
            arrived_s: when the newest message of each topic arrived, by the node's time [s].
        """
        self._jumps.received({name: sample.time_s for name, sample in samples.items()})
        self._silence = self._watch.silence(arrived_s)
        if self._silence:
            self._latched_stop.stop(self._silence)
        self._keep(samples.get(JOINTS))
        self._supervisor.forbid(self._reason())

    def forbids_to_send(self) -> bool:
        """Whether what was planned means another motion now, for the clock has jumped; asked right before sending."""
        return self._jumps.look()

    def held_rad(self, names: Sequence[str], measured_rad: Array) -> Array:
        """Where the robot holds the named joints, measured there (joints,)."""
        return departure(measured_rad, self._watch.desired_rad(names))

    def values(self) -> dict[str, object]:
        """For diagnostics."""
        return {
            "robot_mode": self._condition.mode or "unknown",
            "recovery_problem": self._recovery.problem,
            "other_publishers": self._competitors.names,
            "follower_state": self._watch.follower.state or "unknown",
        }

    # --- inside ------------------------------------------------------------------------------------------------------
    def _look_for_competitors(self) -> None:
        competitors = self._competitors
        competitors.look(self._output.streams, self._supervisor.state is State.RUNNING)
        if competitors.forbids and not competitors.may_be_leftover:
            self._latched_stop.stop(competitors.forbids)

    def _keep(self, measured: Sample | None) -> None:
        held_rad = None
        if measured is not None and measured.value is not None:
            if self._clock() - measured.time_s <= self._supervisor.max_age_s:
                held_rad = self.held_rad(self._names, measured.value)
        # Before the latched stop has judged, the policy goes on.
        obeyed = self._latched_stop.ready or not self._latched_stop.reason
        # The node that activates it held keeps the arm until then, by a stream of its own.
        kept = self._latched_stop.reason == HELD and self._competitors.present(self._output.streams)
        self._unkept = self._keeper.look(obeyed, held_rad, kept)

    def _reason(self) -> str:
        reason, name = self._latched_stop.reason, self._node.get_fully_qualified_name()
        if not self._latched_stop.latched:
            return reason or self._unkept or self._competitors.forbids or self._watch.doubled
        if self._recovery.under_way:
            return f"{reason}; recovering"
        if self._condition.stopped_by_error and self._recovery.offered:
            return f"{reason}; call {name}/recover when the arm is free to move"
        if reason == HELD:
            return f"{reason}, until {name}/resume is called, as a deployment does by itself"
        return f"{reason}; call {name}/resume to go on"

    def _go_on(self) -> None:
        if (due := self._recovery.look(time.monotonic(), self._latched_stop.ready)) is not None:
            step, number = due
            self._logger.info(f"recovery: {step.value}")
            self._steps.start(step, self._controller, partial(self._recovery.finished, number))
        if self._recovery.under_way:
            return
        if self._recovery.problem:
            silent = f"; no answer from {self._steps.awaited}" if self._steps.awaited else ""
            self._logger.error(f"the recovery was given up: {self._recovery.problem}{silent}")
            return
        try:
            if self._latched_stop.recovered():
                self._logger.info("recovered")
                self._resume()
            else:
                self._logger.info(f"recovered, and still {self._reason()}")
        except MidpError as e:
            self._logger.error(f"recovered, but {e}")

    def _on_jump(self, jump_s: float) -> None:
        """Where time jumps, what was sent means another motion; so nothing more is sent, and the arm runs out."""
        if self._runner is not None:
            self._runner.abandon()
            self._latched_stop.stop(f"the clock has jumped by {jump_s:+.1f} s")

    def _stop(self) -> str:
        assert self._runner is not None
        self._latched_stop.stop()
        self._supervisor.forbid(self._reason())
        self._runner.stop()
        return "stopped"

    def _resume(self) -> str:
        assert self._runner is not None
        if obstacle := self._silence or self._competitors.forbids or self._watch.doubled:
            raise CommandError(f"cannot go on: {obstacle}")
        if self._latched_stop.resume():
            self._runner.reset(value(self._node, "seed"))
        self._supervisor.forbid(self._reason())
        return "going on"

    def _recover(self) -> str:
        if not self._latched_stop.faulty:
            stopped = self._latched_stop.reason
            raise MidpError(f"nothing to recover from{stopped and f': {self._reason()}'}")
        self._recovery.begin(self._steps.steps())
        return "recovery started; the log and /diagnostics show how it goes"

    def _serve(self, act: Callable[[], str], request: Any, response: Trigger.Response) -> Trigger.Response:
        try:
            if self._runner is None:
                raise MidpError("not active")
            response.message, response.success = act(), True
        except MidpError as e:
            response.message, response.success = str(e), False
        return response
