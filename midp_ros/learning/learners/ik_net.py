"""A network in place of an inverse kinematics solver: from a position of the tool to joint positions; core and torch.

A perceptron learns an IK solver's pairs by the squared error of the joints. It answers a goal: the tool goes to it in a
straight line at a constant speed, and for each point of the line the network says the joints. The pairs are to be a
function: one orientation of the tool, and one of the arm's many postures for each position; of two postures the squared
error would learn the mean, which reaches neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import build, require
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.device import Compute
from midp_ros.learning.learned_policy import Answer, Asked, LearnedPolicy
from midp_ros.learning.learners.learner import Batch, Measured, PlainObjective, refuse_terms_of_denoisers

GOAL, TOOL, JOINTS = "goal_position", "tool_position", "joint_position"  # observed, observed, commanded


@dataclass(frozen=True)
class IkNetConfig:
    """The keys of `learner: {name: ik_net}`.

    Attributes:
        hidden: widths of the layers.
        speed_m_s: of the tool on its way to the goal.
    """

    hidden: tuple[int, ...] = (128, 256, 128)
    speed_m_s: float = 0.05

    def __post_init__(self) -> None:
        ok = len(self.hidden) >= 1 and min(self.hidden) >= 1
        require(ok, "learner.hidden", list(self.hidden), "one or more widths, at least 1 each")
        require(self.speed_m_s > 0, "learner.speed_m_s", self.speed_m_s, "more than 0")


class IkNet:
    """A Learner."""

    unread = ("model", "diffusion")

    def __init__(self, options: Mapping[str, Any]):
        self.config: IkNetConfig = build(IkNetConfig, dict(options), "learner")

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """See Learner; raises ConfigError where contract or configuration ask for what it does not have."""
        actions = [e.name for e in contract.action]
        require(actions == [JOINTS], "action", actions, f"[{JOINTS!r}] alone in the contract: ik_net commands joints")
        observed = {e.name: e for e in contract.observation}
        absolute = GOAL in observed and observed[GOAL].policy_input and not observed[GOAL].relative_to
        wanted = f"{TOOL!r}, and {GOAL!r} as it is, for ik_net"
        require(absolute and TOOL in observed, "observation", list(observed), wanted)
        others = {"history_bottleneck.weight": config.history_bottleneck.weight == 0}
        refuse_terms_of_denoisers(config, {**others, "scene_frame": config.scene_frame is None})
        return IkPolicy(contract, config, self.config)

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> IkObjective:
        """See Learner."""
        return IkObjective(cast("IkPolicy", policy), compute)


class IkPolicy(LearnedPolicy):
    """A perceptron with ReLU from a normalised position (batch, ..., 3) to normalised joints (batch, ..., joints)."""

    def __init__(self, contract: Contract, config: TrainConfig, options: IkNetConfig):
        super().__init__(contract, config.model.floor)
        self.speed_m_s = options.speed_m_s
        sizes = (contract.observation_slices[GOAL].stop - contract.observation_slices[GOAL].start, *options.hidden)
        layers = [nn.Sequential(nn.Linear(a, b), nn.ReLU()) for a, b in zip(sizes, sizes[1:], strict=False)]
        self.network = nn.Sequential(*layers, nn.Linear(sizes[-1], contract.action_size))
        self.seen_goal = self.features.entries[GOAL]

    @property
    def taught(self) -> slice:
        """See LearnedPolicy: the first executed step; pairs have no order, so that none follows another."""
        return slice(self.contract.first_executed, self.contract.first_executed + 1)

    def fit_normalizers_in_parts(self, parts: Callable[[], Iterator[tuple[Tensor, Tensor]]]) -> None:
        """See LearnedPolicy; one network answers for all steps of a chunk, which share a range."""
        super().fit_normalizers_in_parts(parts)
        for ranges in (self.action_normalizer.center, self.action_normalizer.half_range):
            ranges.copy_(ranges[self.contract.first_executed].clone().expand_as(ranges))

    def error(self, seen: Tensor, chunk: Tensor) -> Tensor:
        """Squared error of the joints at the newest observation's goal, normalised, a scalar."""
        joints = self.network(seen[:, -1, self.seen_goal])
        return (joints - chunk[:, self.contract.first_executed]).square().mean()

    def answer(self, sampling_steps: int | None = None) -> Answer:
        """See LearnedPolicy."""
        require(sampling_steps in (None, 1), "sampling_steps", sampling_steps, "none: ik_net answers at once")
        return IkAnswer(self)

    def compile_network(self) -> None:
        """See LearnedPolicy."""
        self.network.compile()


class IkAnswer(Answer):
    """An Answer: the joints at the points of a straight line from the tool to the goal, passed at a constant speed."""

    policy: IkPolicy

    def __init__(self, policy: IkPolicy):
        super().__init__(policy)
        contract = policy.contract
        steps = torch.arange(1, contract.horizon.predicted + 1) - contract.first_executed
        self.register_buffer("ahead_m", (steps.clamp_min(0) * policy.speed_m_s * contract.step_s)[:, None])
        self.places = contract.observation_slices

    ahead_m: Tensor

    def chunks(self, asked: Asked) -> list[Tensor]:
        """See Answer: one chunk."""
        policy, newest = self.policy, asked.observation[:, -1:]
        tool, goal = newest[..., self.places[TOOL]], newest[..., self.places[GOAL]]
        way = goal - tool  # (batch, 1, 3)
        length_m = way.square().sum(-1, keepdim=True).sqrt().clamp_min(1e-9)
        points = tool + way * (self.ahead_m / length_m).clamp_max(1.0)  # (batch, predicted, 3)
        ranges, place = policy.observation_normalizer, policy.seen_goal
        chunk = policy.network((points - ranges.center[place]) / ranges.half_range[place])
        chunk = chunk + 0 * asked.noise  # an input of the exported graph, used or not
        return [self.held(chunk, asked)]


class IkObjective(PlainObjective):
    """An Objective: the squared error of the joints."""

    what = "squared error"

    def __init__(self, policy: IkPolicy, compute: Compute):
        self.policy, self.compute = policy, compute

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """See Objective: nothing."""
        return []

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """See Objective."""
        with self.compute.autocast():
            error = self.policy.error(batch.observation, batch.action)
        return error, Measured(error)

    def held_out(self, batch: Batch) -> Tensor:
        """See Objective."""
        return self.policy.error(batch.observation, batch.action)
