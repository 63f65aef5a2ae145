"""The recorder's interface to its operator: services, notes, status and events; imports rclpy.

~/start ~/stop ~/keep ~/discard ~/success ~/failure   std_srvs/Trigger
~/gripper                                             std_srvs/Trigger, where a hand leads the arm: opens, closes
~/note     std_msgs/String, to the recorder
~/status   std_msgs/String, JSON, kept for late subscribers
~/events   std_msgs/String, JSON, as they are recorded
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String
from std_srvs.srv import Trigger

from midp_ros.core.errors import MidpError
from midp_ros.nodes.episodes.episode_recording import EpisodeRecording
from midp_ros.nodes.ros.endpoints import namesake
from midp_ros.recording.recorder_status import RecorderStatus
from midp_ros.recording.session import State

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class RecorderServices:
    """Answers the operator.

    Args:
        start: starts an episode.
        gripper: opens or closes it, and says so; None where another node commands it.
    """

    def __init__(
        self,
        node: Node,
        recording: EpisodeRecording,
        start: Callable[[], Awaitable[None]],
        gripper: Callable[[], str] | None = None,
    ):
        self._node, self._recording, self._start = node, recording, start
        self._session, self._last, self._starting = recording.session, "", False
        self._status = node.create_publisher(String, "~/status", LATCHED)
        self._events = node.create_publisher(String, "~/events", 100)
        group = ReentrantCallbackGroup()  # a call may take as long as an episode takes to start
        self._gripper = gripper
        verbs = ["start", "stop", "keep", "discard", "success", "failure"] + (["gripper"] if gripper else [])
        for verb in verbs:
            node.create_service(Trigger, f"~/{verb}", self._answer(verb), callback_group=group)
        node.create_subscription(String, "~/note", self._on_note, 10)
        self.publish_status()

    def publish_status(self) -> None:
        """Publishes how the recording stands, where that is news."""
        session, recording = self._session, self._recording
        text = RecorderStatus(
            session.state.value,
            session.episode,
            round(recording.duration_s, 1),
            session.kept,
            session.discarded,
            str(session.folder),
            round(session.free_mb),
            session.label,
            tuple(recording.watch.warnings),
            tuple(recording.report.flags) if recording.report else (),
            round(recording.reporting_s, 1),
        ).to_text()
        if text != self._last:
            self._last = text
            self._status.publish(String(data=text))

    def _answer(self, verb: str) -> Callable[[Any, Any], Awaitable[Any]]:
        async def answer(request: Any, response: Any) -> Any:
            if verb == "start" and (problem := namesake(self._node)):
                response.success, response.message = False, problem
                return response
            try:
                response.success, response.message = True, await getattr(self, f"_do_{verb}")()
            except MidpError as e:
                response.success, response.message = False, str(e)
            else:
                self._node.get_logger().info(response.message)
            self.publish_status()
            return response

        return answer

    async def _do_start(self) -> str:
        if self._starting:
            return "an episode is starting already"
        self._starting = True
        try:
            await self._start()
        finally:
            self._starting = False
        self._publish("start", episode=self._session.episode)
        return f"recording episode {self._session.episode}"

    async def _do_stop(self) -> str:
        self._recording.end({})
        self._publish("stop", episode=self._session.episode)
        report = await self._recording.reported()
        flagged = f"; FLAGGED: {'; '.join(report.flags)}" if report.flags else ""
        return f"episode of {report.duration_s:.1f} s stopped; keep or discard it{flagged}"

    async def _do_keep(self) -> str:
        await self._stopped()
        done = self._recording.keep()
        self._publish("keep", path=str(self._session.last))
        return done

    async def _do_discard(self) -> str:
        if self._session.state is State.DECIDING:
            await self._recording.reported()
        done = self._recording.discard()
        self._publish("discard")
        return done

    async def _do_gripper(self) -> str:
        assert self._gripper is not None
        done = self._gripper()
        self._publish("gripper", done=done)
        return done

    async def _do_success(self) -> str:
        return await self._mark(True)

    async def _do_failure(self) -> str:
        return await self._mark(False)

    async def _mark(self, success: bool) -> str:
        """Labels the episode; one that is recorded or waits for a decision is kept with it."""
        word = "success" if success else "failure"
        waits = self._session.state is not State.IDLE
        self._session.mark(success)
        self._publish(word)
        if not waits:
            return f"{self._session.last} is labelled a {word}"
        return f"{await self._do_keep()}, labelled a {word}"

    async def _stopped(self) -> None:
        """An episode that is still recorded is stopped first."""
        if self._session.state is State.RECORDING:
            self._recording.end({})
        if self._session.state is State.DECIDING:
            await self._recording.reported()

    def _on_note(self, message: String) -> None:
        try:
            self._session.note(message.data)
        except MidpError as e:
            self._node.get_logger().warning(str(e))
        else:
            self._publish("note", text=message.data)

    def _publish(self, what: str, **about: Any) -> None:
        self._events.publish(String(data=json.dumps(self._recording.event(what, **about), sort_keys=True)))
