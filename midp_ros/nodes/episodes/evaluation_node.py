"""`evaluation`: scores a policy node over N episodes; imports control and the episode driver."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rclpy.node import Node
from sensor_msgs.msg import JointState

from midp_ros.control import ObservationMonitor
from midp_ros.core.contract import Contract
from midp_ros.core.errors import RecordingError
from midp_ros.core.files.output import require_writable_file
from midp_ros.core.package_files import model_path
from midp_ros.core.stamp import seconds
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.episodes.episode_driver import EpisodeDriver
from midp_ros.nodes.episodes.evaluation_report import EvaluationReport
from midp_ros.nodes.observations.polled_observations import PolledObservations
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, declare, value
from midp_ros.nodes.ros.robot_names import NAMES, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer

PARAMETERS = (
    Parameter("task", "pick", "whose contract says what to observe; empty: the model's"),
    Parameter("model", "", "an ONNX file, or the name of one in models/; for an empty task only", is_path=True),
    Parameter("contract", "", "a contract's name or YAML file; empty takes the task's", is_path=True),
    Parameter("robot", "", "robot profile; empty takes the contract's", is_path=True),
    Parameter("policy", "policy", "node that drives the arm"),
    Parameter("episodes", 10, "how many to run", 1, 1_000_000),
    Parameter("seed", 10000, "of the first episode; each further one adds 1", 0, 2**31 - 1),
    Parameter("conditions", "", "what they are run under, for the scores' file"),
    Parameter("json", "", "file for the scores; empty writes none", is_path=True),
    Parameter("frame_rate_hz", 10.0, "of the observations kept for pictures [Hz]", 0.1, 100.0),
)

LOOK_S, DEPTH = 0.1, 200  # a robot publishes at up to 1 kHz
SETTLING_S = 0.3  # a reflex of the last stop still counts


class EvaluationNode(Node):
    """Runs episodes, notes how they went, writes the scores and leaves."""

    def __init__(self, **options: Any) -> None:
        super().__init__("evaluation", **options)
        declare(self, (*PARAMETERS, *NAMES))
        policy = value(self, "policy")
        if value(self, "json"):
            require_writable_file(value(self, "json"))  # before the first episode, not after the last
        contract = self._chosen_contract()
        task = value(self, "task") or contract.skill
        profile = named_profile(self, RobotProfile.load(value(self, "robot") or contract.robot))
        self._source = PolledObservations(self, contract, profile, self.now_s, DEPTH)
        self._supervisor = ObservationMonitor(contract.in_namespace(self.get_namespace()), max_age_s=1.0)
        self._driver = EpisodeDriver(self, policy)
        run_with = {"task": task, "robot": profile.name, "policy": policy, "conditions": value(self, "conditions")}
        self._report = EvaluationReport(contract, run_with)
        self._actions = 0
        self._concluded = False
        self._running = False
        self.create_subscription(JointState, f"{policy}/action", self._on_action, 100)
        self.create_timer(LOOK_S, self._source.take)
        self.create_timer(1.0 / value(self, "frame_rate_hz"), self._note)
        self.exit_code: int | None = None
        self._begun = steady_timer(self, 0.0, self._begin)

    def _chosen_contract(self) -> Contract:
        if name := value(self, "contract") or value(self, "task"):
            return Contract.load(name)
        from midp_ros.inference.onnx_policy import OnnxPolicy  # needed for nothing else here

        if not value(self, "model"):
            raise ParameterError("the evaluation needs a task, or a model whose contract names it: set task or model")
        return OnnxPolicy(model_path(value(self, "model"))).contract

    def now_s(self) -> float:
        """The node's clock [s]."""
        return seconds(self.get_clock().now().nanoseconds)

    def _begin(self) -> None:
        self.destroy_timer(self._begun)
        self.executor.create_task(self._evaluate)

    async def _evaluate(self) -> None:
        episodes, first = value(self, "episodes"), value(self, "seed")
        for k in range(episodes):
            await self._run_episode(f"{k + 1}/{episodes}", first + k)
        self._conclude()
        self.exit_code = 0

    async def _run_episode(self, number: str, seed: int) -> None:
        before = await self._driver.start(seed, self._start)
        started_s = self.now_s()
        report = await self._driver.finish()
        self._running = False
        counts = {"action": self._actions, "observation": self._source.received}
        ended_s = self.now_s()
        await self._driver.sleep(SETTLING_S, self.get_clock())
        last = self._driver.report or report
        self._report.end(report, counts, started_s, ended_s, last.reflexes_since(before))
        error_mm = 1000 * report.position_error_m
        self.get_logger().info(
            f"episode {number}: seed {report.seed}, tool error {error_mm:.1f} mm, {report.outcome()}"
        )

    def close(self) -> None:
        """Keeps the scores of the episodes that were run to their end, however the node ends."""
        try:
            self._conclude()
        except RecordingError as e:
            self.get_logger().error(str(e))

    def _conclude(self) -> None:
        report, asked = self._report, value(self, "episodes")
        if self._concluded or not (done := len(report.episodes)):
            return
        self._concluded = True
        end = "done" if done == asked else f"ended after {done} of {asked} episodes"
        self.get_logger().info(f"{end}: {report.successes} of {done} succeeded, {report.reflexes} reflexes")
        if value(self, "json"):
            report.write(Path(value(self, "json")))

    def _start(self) -> None:
        self._source.clear()
        self._actions, self._running = 0, True

    def _on_action(self, message: JointState) -> None:
        self._actions += 1

    def _note(self) -> None:
        if self._running:
            now_s = self.now_s()
            self._source.take()
            observation = self._supervisor.observe(now_s, self._source.samples())
            if observation is not None:
                self._report.note(now_s, observation)
