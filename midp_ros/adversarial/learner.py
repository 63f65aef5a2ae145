"""The learners that act in an environment; imports core and torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from midp_ros.adversarial.config import AdversarialConfig
from midp_ros.adversarial.diffusion_judges import DemonstratedDiffusion, LabelledDiffusion
from midp_ros.adversarial.judge import Judge
from midp_ros.adversarial.perceptron_judge import PenalisedJudge, PerceptronJudge
from midp_ros.adversarial.step_policy import StepPolicy
from midp_ros.adversarial.training import AdversarialTraining
from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import build, require
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.device import Compute
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.learners.learner import Batch, Measured, PlainObjective, refuse_terms_of_denoisers


class AdversarialLearner:
    """A Learner with a loop of its own."""

    training = AdversarialTraining
    unread = "model", "diffusion"
    judge: ClassVar[type[Judge]]

    def __init__(self, options: Mapping[str, Any]):
        self.config: AdversarialConfig = build(AdversarialConfig, dict(options), "learner")

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """See Learner; raises ConfigError where a section asks for what this policy does not have."""
        others = {
            "history_bottleneck.weight": config.history_bottleneck.weight == 0,
            "scene_motions": config.scene_motions is None,
            "observation_noise": not config.observation_noise,
            "scene_frame": config.scene_frame is None,
        }
        refuse_terms_of_denoisers(config, others)
        require(not contract.images, "learner.name", config.learner.name, "diffusion or bc: this one sees no pictures")
        return StepPolicy(contract, config, self.config.hidden, self.config.ppo.log_deviation)

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> JudgedObjective:
        """See Learner."""
        actor = cast("StepPolicy", policy)
        judge = self.judge(actor.seen_size + actor.contract.action_size, self.config.judge).to(compute.device)
        return JudgedObjective(self.config, actor, judge)


class JudgedObjective(PlainObjective):
    """An Objective of behaviour cloning, for what comes before the first rollout, and the judge for what comes then."""

    def __init__(self, config: AdversarialConfig, policy: StepPolicy, judge: Judge):
        self.config, self.policy, self.judge = config, policy, judge
        self.what = judge.what

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """See Objective: nothing."""
        return []

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """See Objective: the squared error of the mean change."""
        windows, chosen = batch.windows, batch.chosen
        observation, chunk = windows.observed[chosen], windows.predicted[chosen]
        policy = self.policy
        mean = policy.mean(policy.trunk(policy.observe(observation)))
        error = (mean - policy.demonstrated(observation, chunk)).square().mean()
        return error, Measured(error)

    def held_out(self, batch: Batch) -> Tensor:
        """See Objective: the loss of the judge, which knows them from own steps or not, is not to be had; that of
        behaviour cloning is."""
        return self.loss(batch, [], 0)[0]

    def state_dict(self) -> dict[str, Any]:
        """See Objective."""
        return {"judge": self.judge.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See Objective."""
        self.judge.load_state_dict(state["judge"])


class Gail(AdversarialLearner):
    """Generative adversarial imitation learning (Ho & Ermon 2016)."""

    judge = PerceptronJudge


class PenalisedGail(AdversarialLearner):
    """The same with a gradient penalty (Gulrajani et al. 2017)."""

    judge = PenalisedJudge


class Drail(AdversarialLearner):
    """Diffusion-reward adversarial imitation learning (Lai et al. 2024)."""

    judge = LabelledDiffusion


class Dil(AdversarialLearner):
    """Reinforcement learning of what a diffusion model of the demonstrations denoises well."""

    judge = DemonstratedDiffusion
