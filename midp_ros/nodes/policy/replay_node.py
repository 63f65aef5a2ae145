"""`replay`: plays a recorded episode in the policy's loop; imports recording and the policy loop."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from std_srvs.srv import Trigger

from midp_ros.core.files.output import write_text
from midp_ros.core.protocols import Policy
from midp_ros.nodes.policy.policy_loop_node import PolicyLoopNode
from midp_ros.nodes.ros.endpoints import namesake
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, value
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.recording import read_episode
from midp_ros.recording.replay import ReplayPolicy

PARAMETERS = (
    Parameter("episode", "", "a recorded episode, a file or a bag", is_path=True),
    Parameter("confirmed", False, "move without waiting for ~/confirm"),
    Parameter("report", "", "JSON file for the start distance, the progress and the difference", is_path=True),
)
LOOK_S = 0.2
REST_S = 1.0  # at the end, before the node leaves: the arm has come to rest


class ReplayNode(PolicyLoopNode):
    """Goes slowly to the recorded start once it is confirmed, plays the episode, and leaves.

    Attributes:
        exit_code: 0 once all of it was played; 1 where the loop was too late for every action.
    """

    def __init__(self, **options: Any) -> None:
        self._policy: ReplayPolicy | None = None
        self.exit_code: int | None = None
        self._written, self._ended_s = "", 0.0
        super().__init__("replay", PARAMETERS, **options)
        self._confirm = self.create_service(Trigger, "~/confirm", self._on_confirm)
        self._looks = steady_timer(self, LOOK_S, self._look)

    def load_policy(self) -> Policy:
        """The episode's actions, for the robot that made them."""
        if not (path := value(self, "episode")):
            raise ParameterError("parameter episode is empty; give a recorded episode")
        self._policy = ReplayPolicy(read_episode(path), value(self, "confirmed"))
        return self._policy

    def _look(self) -> None:
        policy = self._policy
        if policy is None or policy.start is None:
            return
        done, steps = policy.progress
        report: dict[str, Any] = {"start": asdict(policy.start), "done": done, "steps": steps}
        if policy.done:
            self._ended_s = self._ended_s or self.now_s()
        if policy.done and policy.followed:
            report |= {"difference": asdict(policy.difference()), "interruptions": policy.interruptions}
        text = json.dumps(report)
        if text != self._written and (path := value(self, "report")):
            write_text(path, text)
        self._written = text
        if policy.done and self.now_s() > self._ended_s + REST_S:
            self.exit_code = 0 if policy.followed else 1

    def _on_confirm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        policy, problem = self._policy, namesake(self)
        if policy is None or policy.start is None or policy.progress[0] > 0:
            problem = "nothing waits to be confirmed"
        elif not problem:
            policy.release()
        response.success, response.message = not problem, problem or "the replay begins"
        return response
