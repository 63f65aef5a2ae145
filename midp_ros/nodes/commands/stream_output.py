"""The arm's commands as a stream of joint targets, which a process of its own sends; imports rclpy."""

from __future__ import annotations

import json
import math
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, replace
from typing import Any

from rclpy.node import Node

from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.delivery import Delivery
from midp_ros.core.arrays import Array
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.commands.message_socket import MessageSocket
from midp_ros.nodes.commands.output_report import CLOSED, OPENED, OutputReport, StreamSetup

Sampled = tuple[Array, Array] | None
LONGEST_OPEN_S, LONGEST_CLOSE_S = 3.0, 3.0  # a new process has to start first
SILENCE_S = 1.0  # a stream that does not answer for so long counts as gone


class StreamOutput:
    """For a controller that follows joint targets: a steady stream of samples of the trajectory.

    It is silent when it is opened. From `hold` to `hush` it publishes without a break, which would be a fault to a
    follower; see `control.streaming.setpoint_stream`. What is sent while it is silent, or holds firmly, is dropped.

    Args:
        rate_hz: of the targets.
        clock: the node's time [s].
        sample: what is commanded at a time; None while nothing is to be streamed.
    """

    def __init__(
        self,
        node: Node,
        profile: RobotProfile,
        topic: str,
        rate_hz: float,
        clock: Callable[[], float],
        sample: Callable[[float], Sampled],
    ):
        self._log, self._clock, self._sample = node.get_logger(), clock, sample
        name, simulated = f"{node.get_name()}_stream", bool(node.get_parameter("use_sim_time").value)
        topic, joints = node.resolve_topic_name(topic), list(profile.joint_names)
        limits = (
            limit.tolist()
            for limit in (profile.velocity_max_rad_s, profile.acceleration_max_rad_s2, profile.jerk_max_rad_s3)
        )
        self._setup = StreamSetup(name, node.get_namespace(), simulated, topic, joints, rate_hz, *limits)
        self._sending = threading.Lock()
        self._report, self._spoke_s = OutputReport(), -math.inf
        self.publishing = self._firm = self._told = self._known = False
        self._participants: set[bytes] = set()
        self._asked_s: float | None = None
        self._start()

    def open(self) -> None:
        if self._process.poll() is not None or self._orders.gone:
            self._process.kill()  # one that was stopped or hangs
            self._process.wait()
            self._start()
        self._put(("open",))
        self._await(OPENED, LONGEST_OPEN_S)  # else the first targets would be late

    @property
    def silence_s(self) -> float:
        return 0.0 if self._report.begun else self._clock() - self._spoke_s

    def hold(self, position_rad: Array, firmly: bool = False) -> None:
        self.publishing, self._firm, self._told = True, firmly, False
        self._put(("hold", position_rad))

    def send(self, commands: Commands, observed_s: float | None = None) -> bool:
        """A trajectory that comes late is no step here: the stream catches up with it."""
        assert (trajectory := commands.trajectory) is not None
        if self.publishing and not self._firm:
            self._told = True
            self._put(("follow", replace(trajectory), observed_s))  # without what it has worked out for itself
        return True

    def hush(self) -> None:
        if self.publishing:
            self._fall_silent()
            self._known = self._asked_s is not None  # what is being answered was before
            self._put(("hush",))

    def look(self) -> None:
        if self._told and self._sample(self._clock()) is None:
            self._told = False
            self._put(("freeze",))
        self._hear()
        if self._asked_s is None:
            self._asked_s = time.monotonic()
            self._put(("report",))

    def delivery(self) -> Delivery:
        """The stream's own process gets each of them in time."""
        return Delivery()

    @property
    def report(self) -> OutputReport:
        return self._report

    @property
    def streams(self) -> Collection[bytes] | None:
        return self._participants if self._report.participant else None

    def close(self) -> None:
        """Streams on until the targets rest."""
        self._put(("close",))
        self._await(CLOSED, LONGEST_CLOSE_S)
        self._forget()

    def end(self) -> None:
        self._orders.close()
        try:
            self._process.wait(LONGEST_CLOSE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    # --- inside ------------------------------------------------------------------------------------------------------
    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        self._orders = MessageSocket(ours)
        setup = json.dumps(asdict(self._setup))
        command = [sys.executable, "-m", "midp_ros.nodes.commands.target_stream", str(theirs.fileno()), setup]
        # In a session of its own a signal to the group interrupts neither its start nor its stop trajectory.
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], start_new_session=True)
        theirs.close()
        self._report = OutputReport()
        self._forget()

    def _forget(self) -> None:
        """Forgets the subscribers; the figures continue, as the process does."""
        self._fall_silent()
        self._report, self._asked_s = replace(self._report, listeners=0), None

    def _fall_silent(self) -> None:
        if self._report.begun:  # up to now, as far as one knows
            broken = self._orders.gone or self._report.interrupted_s
            self._spoke_s = -math.inf if broken else self._clock()
        self.publishing = self._told = False
        self._report = _hushed(self._report)

    def _put(self, message: Any) -> None:
        with self._sending:
            self._orders.put(message)
        if self._orders.gone:
            remedy = "deactivate and activate the policy to start it again"
            ended = f"the process that streams joint targets has ended; {remedy}"
            self._log.error(ended, throttle_duration_sec=1.0)

    def _await(self, answer: str, limit_s: float) -> None:
        """Until the process has answered, has ended, or takes too long."""
        end_s = time.monotonic() + limit_s
        while self._process.poll() is None and time.monotonic() < end_s and answer not in self._hear(0.05):
            pass

    def _hear(self, patience_s: float = 0.0) -> set[str]:
        """Takes what the process answers; returns what it has done."""
        done = set()
        for answer in self._orders.get(patience_s):
            if isinstance(answer, OutputReport):
                self._report = _hushed(answer) if self._known else answer
                self._known, self._asked_s = False, None
                self._participants.add(answer.participant)
            else:
                done.add(answer)
        if self._orders.gone or (self._asked_s is not None and time.monotonic() > self._asked_s + SILENCE_S):
            self._report = replace(self._report, listeners=0)
        return done


def _hushed(report: OutputReport) -> OutputReport:
    return replace(report, begun=False, interrupted_s=0.0)
