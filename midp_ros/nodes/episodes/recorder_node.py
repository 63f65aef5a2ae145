"""`recorder`: raw messages of one episode after the other, into bags; imports recording and the episode driver."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count, islice
from typing import Any

from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.node import Node

from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError, RecordingError
from midp_ros.core.stamp import seconds
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.episodes import recorded_topics
from midp_ros.nodes.episodes.episode_driver import EpisodeDriver
from midp_ros.nodes.episodes.episode_recording import EpisodeRecording
from midp_ros.nodes.episodes.guided_gripper import GuidedGripper
from midp_ros.nodes.episodes.recorder_services import RecorderServices
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, declare, value
from midp_ros.nodes.ros.real_time import RECORDER_PRIORITY, lower_priority
from midp_ros.nodes.ros.robot_names import NAMES, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.recording import recorded_info
from midp_ros.recording.session import LEAST_FREE_MB, State

PARAMETERS = (
    Parameter("task", "pick", "whose contract to record"),
    Parameter("contract", "", "a contract's name or YAML file; empty takes the task's", is_path=True),
    Parameter("robot", "", "robot profile; empty takes the contract's", is_path=True),
    Parameter("out", "data/recorded", "directory for the episodes", is_path=True),
    Parameter("by_operator", False, "an operator starts and ends episodes by services; else they are run one by one"),
    Parameter("resets", True, "there is a simulation: its scene is reset before each episode"),
    Parameter("episodes", 10, "how many to run", 1, 1_000_000),
    Parameter("seed", 0, "of the first episode; each further one adds 1", 0, 2**31 - 1),
    Parameter("keep_failed", False, "keep episodes in which the task failed"),
    Parameter("before_s", 0.0, "of what came before the start goes into an episode, too [s]", 0.0, 60.0),
    Parameter("least_free_mb", LEAST_FREE_MB, "room on the disk below which nothing is recorded [MB]", 0.0, 1e6),
    Parameter("bell", True, "ring the terminal's bell at the start and the end of an episode"),
)
EXPERT = "expert"
TAKE_S = 0.02  # what a kill can lose, beside what has not been flushed
LOOK_S = 0.5


class RecorderNode(Node):
    """Records what the contract names, and more, as it comes; episodes are made of it afterwards.

    Runs episodes of a simulation one by one, or leaves it to an operator's services, and ends after the last.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__("recorder", **options)
        lower_priority(RECORDER_PRIORITY)  # the middleware's threads, which are there by now, keep theirs
        declare(self, (*PARAMETERS, *recorded_topics.PARAMETERS, *NAMES))
        if value(self, "policy") == EXPERT and not value(self, "resets"):
            raise ParameterError("the scripted expert drives the simulated arm only: choose a device, or guiding")
        contract = Contract.load(value(self, "contract") or value(self, "task"))
        # What is learned from the episodes is for the robot that made them.
        contract = replace(contract, robot=value(self, "robot") or contract.robot)
        profile = named_profile(self, RobotProfile.load(contract.robot))
        self._recording = EpisodeRecording(self, contract, profile)
        self._session = self._recording.session
        setup = self._recording.setup
        self._driver = EpisodeDriver(self, setup.drivers[0].name) if setup.drivers else None
        self._asked = self._ended = self._kept = self._tried = 0
        self._there: set[int] | None = None  # seeds that were recorded before an operator's first episode
        self.exit_code: int | None = None
        takes, looks = MutuallyExclusiveCallbackGroup(), MutuallyExclusiveCallbackGroup()
        self._beats = [
            steady_timer(self, TAKE_S, self._recording.take, takes),
            steady_timer(self, LOOK_S, self._look, looks),
        ]
        self._hand = None if setup.drivers else GuidedGripper(self, profile)
        gripper = self._hand.toggle if self._hand else None
        self._operator = RecorderServices(self, self._recording, self._start_by_operator, gripper)
        self._report_unfinished()
        if not value(self, "by_operator"):
            self._begun = steady_timer(self, 0.0, self._begin)

    def now_s(self) -> float:
        """The node's clock [s]."""
        return seconds(self.get_clock().now().nanoseconds)

    # --- episodes one by one -----------------------------------------------------------------------------------------
    def _begin(self) -> None:
        self.destroy_timer(self._begun)
        if self._driver is None:
            raise RecordingError("no node drives the arm (policy:=guiding): an operator records, by_operator:=true")
        self.executor.create_task(self._record, self._driver)

    async def _record(self, driver: EpisodeDriver) -> None:
        first, there = value(self, "seed"), self._recorded_seeds()
        seeds = range(first, first + value(self, "episodes"))
        to_do = [seed for seed in seeds if seed not in there]
        if len(to_do) < len(seeds):
            self.get_logger().info(f"{len(seeds) - len(to_do)} of these seeds were recorded before and are left out")
        self._asked = len(to_do)
        for k, seed in enumerate(to_do):
            await driver.start(seed, lambda seed=seed: self._recording.start({"seed": seed}))  # type: ignore[misc]
            report = await driver.finish()
            self._kept += await self._end(report)
            self._ended += 1
            self.get_logger().info(f"episode {k + 1}/{len(to_do)}: {self._summary(report)}; kept {self._kept}")
        self.exit_code = 0 if self._kept or not to_do else 1

    async def _end(self, report: TaskReport) -> bool:
        info = {"seed": report.seed, "success": report.success, "duration_s": report.elapsed_s, "robot": report.robot}
        if self._session.state is not State.RECORDING:
            raise RecordingError("the episode was ended before its task was done; the lines above give the reason")
        judged = await self._recording.stop(info)
        if judged.steps and (report.success or value(self, "keep_failed")):
            self._recording.keep()
            return True
        self._recording.discard()
        return False

    def _recorded_seeds(self) -> set[int]:
        """Seeds of this task and source that the directory holds, so that an interrupted recording goes on."""
        same = {"task": value(self, "task"), "source": self._recording.setup.source}
        failed_too = value(self, "keep_failed") or value(self, "by_operator")
        return {
            int(info["seed"])
            for info in recorded_info(self._session.folder)
            if same.items() <= info.items() and "seed" in info and (failed_too or info.get("success") is not False)
        }

    def _summary(self, report: TaskReport) -> str:
        return f"seed {report.seed}, {report.outcome()}"

    # --- episodes by an operator -------------------------------------------------------------------------------------
    async def _start_by_operator(self) -> None:
        """Starts an episode, in a scene of its own where there is a simulation."""
        self._recording.require_idle()
        if self._driver is None or not value(self, "resets"):
            self._recording.start({})
            return
        await self._driver.require_present()
        if self._there is None:
            self._there = self._recorded_seeds()
        seed = next(islice((s for s in count(value(self, "seed")) if s not in self._there), self._tried, None))
        await self._driver.start(seed, lambda: self._recording.start({"seed": seed}))
        self._tried += 1

    # --- always ------------------------------------------------------------------------------------------------------
    def _look(self) -> None:
        self._recording.look()
        self._operator.publish_status()

    def _report_unfinished(self) -> None:
        for path in self._session.unfinished:
            self.get_logger().warning(f"{path} was not finished: `midp data repair {path}` recovers what it holds")

    def close(self) -> None:
        """Ends the recording, and logs what was recorded, however the node ends."""
        if self._session.state is not State.IDLE:
            self._leave_unfinished()
        self._recording.close()
        if self._hand is not None:
            self._hand.close()
        kept, ended = self._kept, self._ended
        if value(self, "by_operator"):
            kept, discarded = self._session.kept, self._session.discarded
            self.get_logger().info(f"kept {kept}, discarded {discarded}, in {self._session.folder}")
            return
        if not ended and self.exit_code is None:
            return
        end = "done" if ended == self._asked else f"ended after {ended} of {self._asked} episodes"
        rate = kept / ended if ended else 1.0
        self.get_logger().info(f"{end}: kept {kept}, failed {ended - kept}, rate {rate:.3f}, in {self._session.folder}")

    def _leave_unfinished(self) -> None:
        """An episode that was interrupted: one of a script is run again, a person's is not thrown away."""
        path = self._session.thread.path
        try:
            if not value(self, "by_operator"):
                self._session.discard()
                return
            if self._session.state is State.RECORDING:
                self._session.stop({"ended_by": "interruption"})
            self.get_logger().warning(f"not decided: {path} was left; `midp data repair {path}` keeps it")
        except MidpError as e:
            print(f"error: {e}", file=sys.stderr)
