"""`recorder`: writes what the contract names, episode by episode; imports recording, control and the episode driver."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import JointState

from midp_ros.control import ObservationMonitor
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ObservationError
from midp_ros.core.stamp import seconds
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.episodes.episode_driver import EpisodeDriver
from midp_ros.nodes.observations.observation_source import ObservationSource
from midp_ros.nodes.ros.conversions import action_from_message
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.robot_names import NAMES, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.ros.task_status import TaskReport
from midp_ros.recording import EpisodeWriter, recorded_info

PARAMETERS = (
    Parameter("task", "pick", "whose contract to record"),
    Parameter("contract", "", "a contract's name or YAML file; empty takes the task's", is_path=True),
    Parameter("robot", "", "robot profile; empty takes the contract's", is_path=True),
    Parameter("policy", "expert", "node that drives the arm; its ~/action is recorded"),
    Parameter("out", "data/recorded", "directory for the episodes", is_path=True),
    Parameter("episodes", 10, "how many to run", 1, 1_000_000),
    Parameter("seed", 0, "of the first episode; each further one adds 1", 0, 2**31 - 1),
    Parameter("keep_failed", False, "keep episodes in which the task failed"),
    Parameter("max_observation_age_s", 0.5, "a step with an older observation is left out [s]", 0.05, 10.0),
)


class RecorderNode(Node):
    """Runs episodes and records each control step: the action, and what was known when it was chosen."""

    def __init__(self, **options: Any) -> None:
        super().__init__("recorder", **options)
        declare(self, (*PARAMETERS, *NAMES))
        task = value(self, "task")
        contract = Contract.load(value(self, "contract") or task)
        # What is learned from the episodes is for the robot that made them.
        self._contract = replace(contract, robot=value(self, "robot") or contract.robot)
        profile = named_profile(self, RobotProfile.load(self._contract.robot))
        self._source = ObservationSource(self, self._contract, profile, self.now_s)
        self._supervisor = ObservationMonitor(self._source.contract, value(self, "max_observation_age_s"))
        self._writer = EpisodeWriter(value(self, "out"))
        self._recording = False
        self._asked = self._ended = self._kept = 0
        self._left_out, self._last_s = 0, -math.inf
        policy = value(self, "policy")
        self._driver = EpisodeDriver(self, policy)
        self.create_subscription(JointState, f"{policy}/action", self._on_action, 100)
        self.exit_code: int | None = None
        self._begun = steady_timer(self, 0.0, self._begin)

    def now_s(self) -> float:
        """The node's clock [s]."""
        return seconds(self.get_clock().now().nanoseconds)

    def _begin(self) -> None:
        self.destroy_timer(self._begun)
        self.executor.create_task(self._record)

    async def _record(self) -> None:
        first, there = value(self, "seed"), self._recorded_seeds()
        seeds = range(first, first + value(self, "episodes"))
        to_do = [seed for seed in seeds if seed not in there]
        if len(to_do) < len(seeds):
            self.get_logger().info(f"{len(seeds) - len(to_do)} of these seeds were recorded before and are left out")
        self._asked = len(to_do)
        for k, seed in enumerate(to_do):
            await self._driver.start(seed, self._start)
            report = await self._driver.finish()
            self._kept += self._end(report)
            self._ended += 1
            self.get_logger().info(f"episode {k + 1}/{len(to_do)}: {self._summary(report)}; kept {self._kept}")
        self.exit_code = 0 if self._kept or not to_do else 1

    def close(self) -> None:
        """Logs what was recorded, however the node ends."""
        kept, ended = self._kept, self._ended
        if not ended and self.exit_code is None:
            return
        end = "done" if ended == self._asked else f"ended after {ended} of {self._asked} episodes"
        rate = kept / ended if ended else 1.0
        self.get_logger().info(
            f"{end}: kept {kept}, failed {ended - kept}, rate {rate:.3f}, in {self._writer.directory}"
        )

    def _recorded_seeds(self) -> set[int]:
        """Seeds of this task and source that the directory holds, so that an interrupted recording goes on."""
        same = {"task": value(self, "task"), "source": value(self, "policy")}
        failed_too = value(self, "keep_failed")
        return {
            int(info["seed"])
            for info in recorded_info(self._writer.directory)
            if same.items() <= info.items() and "seed" in info and (failed_too or info.get("success") is not False)
        }

    def _start(self) -> None:
        self._source.clear()
        self._left_out, self._last_s = 0, -math.inf
        self._writer.start(self._contract, {"task": value(self, "task"), "source": value(self, "policy")})
        self._recording = True

    def _on_action(self, message: JointState) -> None:
        if not self._recording:
            return
        try:
            time_s, action = action_from_message(self._contract, message)
            if time_s <= self._last_s:
                raise ObservationError(f"it is of {time_s:.3f} s, the one before it of {self._last_s:.3f} s")
        except ObservationError as e:
            self._left_out += 1
            topic = f"{value(self, 'policy')}/action"
            self.get_logger().warning(
                f"an action on {topic} was left out, as every further one like it: {e}; another node may publish there",
                once=True,
            )
            return
        self._last_s = time_s
        observation = self._supervisor.observe(time_s, self._source.samples(time_s))
        if observation is None:
            self._left_out += 1
            self.get_logger().warning(f"step left out: {self._supervisor.reason}", throttle_duration_sec=1.0)
            return
        self._writer.step(time_s, observation, action)

    def _end(self, report: TaskReport) -> bool:
        self._recording = False
        keep = self._writer.steps > 0 and (report.success or value(self, "keep_failed"))
        if not keep:
            self._writer.discard()
            return False
        info = {"seed": report.seed, "success": report.success, "duration_s": report.elapsed_s}
        self._writer.finish({**info, "robot": report.robot, "left_out": self._left_out})
        return True

    def _summary(self, report: TaskReport) -> str:
        outcome = "success" if report.success else "failure"
        return f"seed {report.seed}, {outcome} after {report.elapsed_s:.1f} s"
