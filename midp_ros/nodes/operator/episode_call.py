"""One call of an operator to the recorder; `midp episode`. Imports rclpy.

`keys` stays: each key of the terminal is a call, so that one hand is enough.
"""

from __future__ import annotations

import os
import select
import sys
import termios
import time
import tty
from typing import Any

from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError, ObservationError
from midp_ros.nodes.operator.operator_node import DISCOVERY_S, OperatorNode
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.recording.recorder_status import RecorderStatus

CALLS = ("start", "stop", "keep", "discard", "success", "failure", "gripper")
VERBS = (*CALLS, "note", "status", "keys")
TEXT = (Parameter("text", "", "of a note"),)
LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
STATUS_S = 3.0
SILENCE_S = 40.0  # a start waits until the scene has been reset
GONE_S = 2.0  # a server that is out of sight for so long has ended
LOOK_S, WORD_S = 0.2, 3.0  # between two looks; before the wait is explained
KEYS = {" ": "start or stop", "k": "keep", "d": "discard", "s": "success", "f": "failure", "g": "gripper", "q": "quit"}


class EpisodeCall(OperatorNode):
    """Carries one call out."""

    verbs = VERBS
    more = TEXT

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._status: RecorderStatus | None = None
        self._heard_s = 0.0  # when the recorder last said something
        self.create_subscription(String, f"{self._full_name}/status", self._on_status, LATCHED)

    def carry_out(self) -> tuple[bool, str]:
        """Whether it was done, and the answer; raises CommandError where the recorder cannot be asked."""
        verb = value(self, "verb")
        if verb == "status":
            return True, self._status_lines()
        if value(self, "text") and verb != "note":
            raise CommandError(f"{verb} takes no text; a note does: midp episode note TEXT")
        if verb == "note":
            return True, self._note(value(self, "text"))
        return self._keys() if verb == "keys" else super().carry_out()

    def _awaited_status(self) -> RecorderStatus:
        self._until(lambda: self._status is not None, DISCOVERY_S)
        if self._status is None:
            silent = f"node {self._full_name} publishes no status of a recorder: is it one of midp_ros?"
            raise CommandError(silent if self._full_name in self._nodes() else self._why_absent("start"))
        return self._status

    def _status_lines(self) -> str:
        s = self._awaited_status()
        done = f"kept {s.kept}, discarded {s.discarded} in {s.folder}, {s.free_disk_mb} MB are free"
        lines = [f"{self._full_name}: {s.state}, episode {s.episode}, {s.seconds:.1f} s; {done}"]
        if s.reporting_s:
            lines.append(f"the episode's report is being made, for {s.reporting_s:.0f} s by now")
        lines += [f"FLAGGED: {flag}" for flag in s.flags] + [f"warning: {each}" for each in s.warnings]
        return "\n".join(lines)

    def _note(self, text: str) -> str:
        if not text:
            raise CommandError("a note needs a text: midp episode note TEXT")
        publisher = self.create_publisher(String, f"{self._full_name}/note", 10)
        if not self._until(lambda: publisher.get_subscription_count() > 0, DISCOVERY_S):
            raise CommandError(self._why_absent("start"))
        publisher.publish(String(data=text))
        self._until(lambda: publisher.wait_for_all_acked(), STATUS_S)
        return f"{self._full_name}: noted"

    def _keys(self) -> tuple[bool, str]:
        if not sys.stdin.isatty():
            raise CommandError("keys need a terminal; in a script, use midp episode start, stop, ...")
        self._awaited_status()
        print(", ".join(f"{'space' if key == ' ' else key}: {what}" for key, what in KEYS.items()), flush=True)
        before = termios.tcgetattr(sys.stdin)
        try:
            tty.setcbreak(sys.stdin)
            while (key := self._key()) not in ("q", ""):
                self._press(key)
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        return True, "left; the recorder goes on"

    def _press(self, key: str) -> None:
        if key not in KEYS:
            return
        verb = KEYS[key] if key != " " else "stop" if self._status and self._status.state == "recording" else "start"
        client = self.create_client(Trigger, f"{self._full_name}/{verb}")
        if not self._until(client.service_is_ready, DISCOVERY_S):
            raise CommandError(self._why_absent(verb))
        answer = self._answer(client)
        print(f"{'' if answer.success else 'refused: '}{answer.message}", flush=True)
        self.destroy_client(client)

    def _answer(self, client: Any) -> Any:
        """Waits for as long as the recorder says that it works: the report of a long episode takes its time."""
        future = client.call_async(Trigger.Request())
        self._heard_s = seen_s = asked_s = time.monotonic()
        told = False
        while not self._until(future.done, LOOK_S):
            now_s = time.monotonic()
            seen_s = now_s if client.service_is_ready() else seen_s
            if now_s > seen_s + GONE_S:
                raise CommandError(f"{self._full_name} ended before it answered")
            if now_s > self._heard_s + SILENCE_S:
                raise CommandError(f"{self._full_name} has said nothing for {SILENCE_S:g} s: it hangs")
            if not told and now_s > asked_s + WORD_S and self._status and self._status.reporting_s:
                told = True
                print("the episode's report is being made ...", file=sys.stderr, flush=True)
        return future.result()

    def _key(self) -> str:
        """The next key, empty where the terminal was closed; while none is pressed, the node works."""
        while not select.select([sys.stdin], [], [], 0.0)[0]:
            self._executor.spin_once(timeout_sec=0.05)
        try:
            # Not sys.stdin: it would take several keys at once, and those wait unseen until the next one.
            return os.read(sys.stdin.fileno(), 1).decode(errors="replace")
        except OSError:
            return ""

    def _on_status(self, message: String) -> None:
        try:
            self._status, self._heard_s = RecorderStatus.from_text(message.data), time.monotonic()
        except ObservationError as e:
            self.get_logger().warning(f"a message on {self._full_name}/status was left out: {e}", once=True)
