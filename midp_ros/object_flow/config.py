"""The keys of `learner: {name: flow_points}`; imports core only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import PathText, require

POSITION = 3  # values of a position


@dataclass(frozen=True)
class FlowConfig:
    """What is a keypoint, what the flow generator sees beside them, and what the policy.

    Attributes:
        play: folder of recorded play, of the contract of the task's demonstrations but for its name.
        points: observed positions of the object's keypoints, all relative to the same entry.
        task: entries that the flow generator sees beside the keypoints; positions relative to the same entry.
        sees: entries that the policy sees beside the keypoints and their flow.
        steps: of a flow.
        flow_noise: standard deviation of what is added to a flow that the policy is trained on, where a displacement's
            range is 2: a generated flow is never quite right.
        point_spread: how far keypoints are moved apart or together in training, as a share of their distance from their
            mean, drawn evenly for each window: objects of another size, and other points of an object, are to be known.
    """

    play: PathText
    points: tuple[str, ...]
    task: tuple[str, ...]
    sees: tuple[str, ...]
    steps: int = 8
    flow_noise: float = 0.05
    point_spread: float = 0.4

    def __post_init__(self) -> None:
        require(bool(self.play), "learner.play", self.play, "a folder of recorded play")
        require(len(self.points) >= 1, "learner.points", list(self.points), "one or more observed positions")
        require(self.steps >= 1, "learner.steps", self.steps, "at least 1")
        require(self.flow_noise >= 0, "learner.flow_noise", self.flow_noise, "at least 0")
        require(0 <= self.point_spread < 1, "learner.point_spread", self.point_spread, "0 to below 1")

    def check(self, contract: Contract) -> None:
        """Raises ConfigError where the contract observes no such entries."""
        observed = {entry.name: entry for entry in contract.observation if entry.policy_input}
        for key in ("points", "task", "sees"):
            for name in getattr(self, key):
                require(name in observed, f"learner.{key}", name, f"entries that a policy sees: {', '.join(observed)}")
        anchors = {observed[name].relative_to for name in self.points}
        for name in self.points:
            size = observed[name].size
            require(size == POSITION, "learner.points", name, f"positions of size {POSITION}, not {size}")
        for name in (*self.points, *self.task):
            ok = observed[name].size != POSITION or anchors == {observed[name].relative_to}
            require(ok, "learner.points, learner.task", name, "positions that are all relative to the same entry")
