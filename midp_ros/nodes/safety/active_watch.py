"""The safety of one activation: whether the arm may move, and the operator's requests; imports control and rclpy."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rclpy.node import Node

from midp_ros.control import LatchedStop, ObservationMonitor, PolicyRunner, Recovery, RobotCondition, Sample, State
from midp_ros.control.loop.commands import JOINTS
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


@dataclass(frozen=True)
class Commanded:
    """What an activation commands, and by what.

    Attributes:
        controller: the name of the arm's controller.
        joint_names: of the commanded joints.
        held_rad: from measured positions of these joints to where the robot holds them.
    """

    runner: PolicyRunner
    monitor: ObservationMonitor
    output: CommandOutput
    controller: str
    joint_names: Sequence[str]
    held_rad: Callable[[Array], Array]


class ActiveWatch:
    """Forbids motion while the robot, its controller or the operator does; from activation to deactivation.

    At the start nothing is latched, unless the activation is to begin held.

    Args:
        clock: the node's time [s].
    """

    def __init__(
        self,
        node: Node,
        watch: RobotWatch,
        steps: RecoverySteps,
        jumps: ClockJumps,
        clock: Callable[[], float],
        commanded: Commanded,
    ):
        self._node, self._logger, self._clock = node, node.get_logger(), clock
        self._watch, self._steps, self._jumps = watch, steps, jumps
        self._runner, self._monitor, self._output = commanded.runner, commanded.monitor, commanded.output
        self._commanded = commanded
        self._keeper, self._unkept = SetpointKeepalive(self._output, watch.follower), ""
        self._competitors = CompetingPublishers(node, commanded.controller)
        joints = next(entry for entry in self._monitor.contract.observation if entry.name == JOINTS)
        watch.begin(joints.topic, value(node, "longest_silence_s"))
        self._condition, self._silence = RobotCondition(), ""
        jumps.begin()
        self._latched_stop = LatchedStop(value(node, "controller_patience_s"))
        if value(node, "held"):
            self._latched_stop.stop(HELD)
        limits = (value(node, name) for name in ("recovery", "recovery_attempts", "recovery_step_limit_s"))
        self._recovery = Recovery(*limits)

    def look(self) -> None:
        """Called at every control step, before the policy's."""
        self._jumps.look()
        if not self._clock():  # /clock has not begun: when anything was is not known yet
            return
        report = self._output.report
        self._condition = self._watch.look(report.listeners)
        self._latched_stop.look(self._clock(), self._condition)
        if report.interrupted_s:
            self._latched_stop.stop(f"the stream of joint targets was interrupted for {report.interrupted_s:.2f} s")
            self._output.hush()
        self._look_for_competitors()
        if self._recovery.wants(self._condition.stopped_by_error):
            self._logger.warning("recovering from the error by itself")
            self._recovery.begin(self._steps.steps(), automatic=True)
        if self._recovery.under_way:
            self._go_on()
        self._monitor.forbid(self._reason())

    def received(self, samples: Mapping[str, Sample], arrived_s: Mapping[str, float]) -> None:
        """What the policy is about to see; by it the arm is held, as long as it is not moved.

        Args:
            arrived_s: when the newest message of each topic arrived, by the node's time [s].
        """
        if not self._clock():
            self._monitor.forbid(self._reason())
            return
        self._jumps.received({name: sample.time_s for name, sample in samples.items()})
        if replaced := self._watch.replaced():
            self._replaced(replaced)
        if silence := self._watch.silence(arrived_s):
            self._latched_stop.stop(silence)
        self._silence = silence
        self._keep(samples.get(JOINTS))
        self._monitor.forbid(self._reason())

    def jumped(self, jump_s: float) -> None:
        """Where the clock jumps, what was sent means another motion: nothing more is sent, and the arm runs out."""
        self._runner.abandon()
        self._latched_stop.stop(f"the clock has jumped by {jump_s:+.1f} s")

    @property
    def condition(self) -> RobotCondition:
        """The robot's condition at the last look."""
        return self._condition

    @property
    def latched(self) -> str:
        """Why a stop is latched; empty where none is, and where the activation only begins held."""
        reason = self._latched_stop.reason if self._latched_stop.latched else ""
        return "" if reason == HELD else reason

    def values(self) -> dict[str, object]:
        """For diagnostics."""
        return {
            "robot_mode": self._condition.mode or "unknown",
            "recovery_problem": self._recovery.problem,
            "other_publishers": self._competitors.names,
            "follower_state": self._watch.follower.state or "unknown",
        }

    # --- the operator's requests; each returns what it did, or raises MidpError ---------------------------------------
    def stop(self) -> str:
        """Stops the arm until `resume`."""
        self._latched_stop.stop()
        self._monitor.forbid(self._reason())
        self._runner.stop()
        return "stopped"

    def resume(self) -> str:
        """Lets the arm go on."""
        if obstacle := self._silence or self._competitors.forbids or self._watch.doubled:
            raise CommandError(f"cannot go on: {obstacle}")
        if self._latched_stop.resume():
            self._runner.reset(value(self._node, "seed"))
        self._monitor.forbid(self._reason())
        return "going on"

    def recover(self) -> str:
        """Starts the recovery from a reflex."""
        if not self._latched_stop.faulty:
            stopped = self._latched_stop.reason
            raise MidpError(f"nothing to recover from{stopped and f': {self._reason()}'}")
        self._recovery.begin(self._steps.steps())
        return "recovery started; the log and /diagnostics show how it goes"

    # --- inside ------------------------------------------------------------------------------------------------------
    def _look_for_competitors(self) -> None:
        competitors = self._competitors
        competitors.look(self._output.streams, self._monitor.state is State.RUNNING)
        if competitors.forbids and not competitors.may_be_leftover:
            self._latched_stop.stop(competitors.forbids)

    def _replaced(self, reason: str) -> None:
        """What was sent so far goes to rest by itself; the stop trajectory would reach the new robot, too."""
        if value(self._node, "output") == "trajectory":
            self._runner.abandon()
        self._latched_stop.stop(reason)

    def _keep(self, measured: Sample | None) -> None:
        held_rad = None
        if measured is not None and measured.value is not None:
            if self._clock() - measured.time_s <= self._monitor.max_age_s:
                held_rad = self._commanded.held_rad(measured.value)
        # Before the latched stop has judged, the policy goes on.
        obeyed = self._latched_stop.ready or not self._latched_stop.reason
        # The node that activates it held keeps the arm until then, by a stream of its own.
        kept = self._latched_stop.reason == HELD and self._competitors.present(self._output.streams)
        self._unkept = self._keeper.look(obeyed, held_rad, kept)
        if self._keeper.waits:
            self._runner.abandon()  # the next motion starts from where the arm is

    def _reason(self) -> str:
        reason, name = self._latched_stop.reason, self._node.get_fully_qualified_name()
        if not self._latched_stop.latched:
            return reason or self._unkept or self._competitors.forbids or self._watch.doubled
        if self._watch.doubled:  # the states of both alternate, and so would a reason that follows from them
            return f"{self._watch.doubled}, then call {name}/resume"
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
            self._steps.start(step, self._commanded.controller, partial(self._recovery.finished, number))
        if self._recovery.under_way:
            return
        if self._recovery.problem:
            silent = f"; no answer from {self._steps.awaited}" if self._steps.awaited else ""
            self._logger.error(f"the recovery was given up: {self._recovery.problem}{silent}")
            return
        try:
            if self._latched_stop.recovered():
                self._logger.info("recovered")
                self.resume()
            else:
                self._logger.info(f"recovered, and still {self._reason()}")
        except MidpError as e:
            self._logger.error(f"recovered, but {e}")
