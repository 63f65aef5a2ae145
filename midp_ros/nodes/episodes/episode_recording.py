"""The recording under way: from topics to the session, and the report of each episode; imports recording and rclpy."""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.node import Node
from rclpy.task import Future

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import MidpError, RecordingError
from midp_ros.core.stamp import NANOSECONDS
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.episodes import recorded_topics
from midp_ros.nodes.episodes.episode_accounting import EpisodeAccounting
from midp_ros.nodes.episodes.raw_topics import RawTopics
from midp_ros.nodes.episodes.recording_watch import RecordingWatch
from midp_ros.nodes.episodes.report_table import print_report, print_verdict
from midp_ros.nodes.ros.parameters import value
from midp_ros.nodes.ros.real_time import lower_priority
from midp_ros.recording import read_episode
from midp_ros.recording.bag.recording_thread import STRING, Received, RecordedTopic, text_message
from midp_ros.recording.episode_report import EpisodeReport, judge
from midp_ros.recording.session import RecordingSession, State

LOOK_S = 0.02
# The report of 10 minutes at 1 kHz takes 11 s on two quiet cores, at a priority below whatever moves the arm.
REPORT_S, REPORT_SHARE = 20.0, 0.5
BELL = "\a"


class EpisodeRecording:
    """Takes messages for as long as it lives; what comes between episodes is dropped, but for the last seconds.

    Raises:
        RecordingError, BusyError: the folder cannot be recorded into.
        ContractMismatchError: it holds episodes of another contract.
        ParameterError, FileFormatError: a parameter that does not fit.

    Attributes:
        session: the folder with its episodes.
        setup: who drives, and the names of the robot.
        report: of the episode that was stopped last.
    """

    def __init__(self, node: Node, contract: Contract, profile: RobotProfile):
        self._node, self._contract, self._profile = node, contract, profile
        self.setup = recorded_topics.setup(node, contract)
        moved = contract.in_namespace(node.get_namespace())
        topics = recorded_topics.topics(node, moved, profile, self.setup)
        self.awaited = recorded_topics.awaited(moved, self.setup, topics)
        self._raw, self._events = RawTopics(node, topics), len(topics)
        events = RecordedTopic(str(node.resolve_topic_name(recorded_topics.EVENTS)), STRING)
        about = recorded_topics.metadata(node, contract, self.setup)
        folder, least_mb = value(node, "out"), value(node, "least_free_mb")
        self.session = RecordingSession(folder, contract, about, [*topics, events], least_mb)
        self.watch = RecordingWatch(node, self.session, self._raw, self.awaited)
        self._before: deque[tuple[float, list[Received]]] = deque()
        self._before_s, self._steady = value(node, "before_s"), Clock(clock_type=ClockType.STEADY_TIME)
        self.accounting = EpisodeAccounting(folder)
        self.report: EpisodeReport | None = None
        self._reporting: threading.Thread | None = None
        self._started_s, self._stopped_s, self._recorded_s = time.monotonic(), 0.0, 0.0

    @property
    def duration_s(self) -> float:
        """Of the episode under way [s]; 0 without one."""
        return time.monotonic() - self._started_s if self.session.state is State.RECORDING else 0.0

    @property
    def reporting_s(self) -> float:
        """For how long the report of the last episode has been under way [s]; 0 without one."""
        alive = self._reporting is not None and self._reporting.is_alive()
        return time.monotonic() - self._stopped_s if alive else 0.0

    def require_idle(self) -> None:
        """Raises RecordingError where an episode is under way, or to be decided on."""
        if self.session.state is not State.IDLE:
            raise RecordingError(f"the recorder is {self.session.state.value}: first stop, then keep or discard")

    def start(self, info: Mapping[str, Any]) -> None:
        """Starts an episode; raises RecordingError, where there is no /clock yet too."""
        if not self._node.get_clock().now().nanoseconds:
            raise RecordingError("no /clock yet, which use_sim_time asks for: what is recorded now had no time")
        self.take()
        before = [self._raw.without_held(batch) for _, batch in self._before]
        first_ns = next((batch[0][2] for batch in before if batch), self._node.get_clock().now().nanoseconds)
        self.session.start(info, [self._raw.held(first_ns), *before])
        self._before.clear()
        self._started_s, self.report = time.monotonic(), None
        self.watch.begin()
        self.event("start", **info)
        self._ring(1)

    async def stop(self, info: Mapping[str, Any]) -> EpisodeReport:
        """Ends the episode and judges it; raises RecordingError."""
        self.end(info)
        return await self.reported()

    def end(self, info: Mapping[str, Any]) -> None:
        """Ends the episode; its report follows. Raises RecordingError."""
        if self.session.state is not State.RECORDING:
            raise RecordingError("no episode is being recorded; start one first")
        self.event("stop", **info)
        self.take()
        duration_s, end_ns = self.duration_s, self._node.get_clock().now().nanoseconds
        thread, flags, self._recorded_s = self.session.thread, self.watch.flags(), duration_s
        path = self.session.stop({"duration_s": round(duration_s, 3), **info})
        if thread.problem:
            flags.append(f"the recording ended by itself: {thread.problem}")
        if thread.unreadable:
            flags.append(f"{thread.unreadable} images could not be read")
        figures = {name: each.plain(end_ns) for name, each in thread.figures.items() if self._counts(name)}
        self._ring(2)
        self._stopped_s = time.monotonic()
        self._reporting = threading.Thread(
            target=self._judge, args=(path, duration_s, figures, flags), name="report", daemon=True
        )
        self._reporting.start()

    async def reported(self) -> EpisodeReport:
        """The report of the episode that was stopped, as soon as it is there.

        Raises:
            RecordingError: it is not there in a time that grows with the episode.
        """
        end_s = time.monotonic() + REPORT_S + REPORT_SHARE * self._recorded_s
        while self.report is None and self._reporting is not None and self._reporting.is_alive():
            if time.monotonic() > end_s:
                raise RecordingError("the episode is stopped, and its report under way: ask again")
            await self._sleep(LOOK_S)
        if self.report is None:
            raise RecordingError("the episode could not be judged; its bag is whole")
        return self.report

    def keep(self) -> str:
        """Keeps the episode; what was done, in words. Raises RecordingError."""
        label = self.session.label
        path = self.session.keep()
        self.accounting.keep(label)
        flagged = f"; FLAGGED: {self.report.flags[0]}" if self.report and self.report.flags else ""
        return f"kept {path}{flagged}"

    def discard(self) -> str:
        """Removes the episode; what was done, in words. Raises RecordingError."""
        self.session.discard()
        return f"discarded; {self.session.kept} kept so far"

    def event(self, what: str, **about: Any) -> dict[str, Any]:
        """Writes an event into the recording; returns it as it was written."""
        now_ns = self._node.get_clock().now().nanoseconds
        content = {"event": what, "time_s": now_ns / NANOSECONDS, **about}
        self.session.put([(self._events, 0, now_ns, now_ns, text_message(content))])
        return content

    def take(self) -> None:
        """Takes what has come on all topics."""
        batch = self._raw.take()
        if not batch or not self._node.get_clock().now().nanoseconds:  # before /clock there are no times
            return
        if self.session.state is State.RECORDING:
            self.session.put(batch)
        elif self._before_s:
            now_s = time.monotonic()
            self._before.append((now_s, batch))
            while self._before[0][0] < now_s - self._before_s:
                self._before.popleft()

    def look(self) -> None:
        """Follows publishers, clocks and the disk; ends an episode that cannot go on."""
        if self.session.state is State.IDLE:
            self._raw.look()
        self.watch.look()
        if problem := self.session.problem:
            self._node.get_logger().error(f"the episode is ended: {problem}")
            self._node.executor.create_task(self._end_by_itself, problem)

    def close(self) -> None:
        """Leaves the topics."""
        self._raw.close()

    async def _end_by_itself(self, problem: str) -> None:
        if self.session.state is State.RECORDING:
            try:
                await self.stop({"ended_by": problem})
            except RecordingError as e:
                self._node.get_logger().error(str(e))

    def _judge(self, path: Any, duration_s: float, figures: dict[str, Any], flags: list[str]) -> None:
        lower_priority()
        episode: Episode | None = None
        try:
            episode, reason = read_episode(path), ""
        except MidpError as e:
            reason = str(e)
        except Exception as e:  # whatever a foreign message makes of it: the bag is whole, and the operator goes on
            reason = f"it could not be read: {type(e).__name__} {e}"
        age_s = value(self._node, "max_observation_age_s")
        contract = self._contract
        report = judge(episode, reason, contract, self._profile, duration_s, figures, self.awaited, age_s, flags)
        self.session.add_info(report.to_plain())
        if episode is not None:
            self.session.add_info({"left_out": report.left_out})
        print_report(f"episode {self.session.episode}", report, contract, self.awaited)
        if episode is not None:
            verdict = self.accounting.judge(episode)
            self.session.add_info({"accountant": verdict.plain()})
            print_verdict(verdict)
        self.report = report

    def _counts(self, name: str) -> bool:
        """Whether a topic belongs into the report: those that nothing needs do so only where something came."""
        return name in self.awaited or self.session.thread.figures[name].count > 0

    async def _sleep(self, duration_s: float) -> None:
        over: Future = Future()
        timer = self._node.create_timer(duration_s, lambda: over.set_result(True), clock=self._steady)
        await over
        self._node.destroy_timer(timer)

    def _ring(self, times: int) -> None:
        if value(self._node, "bell"):
            sys.stderr.write(BELL * times)
            sys.stderr.flush()
