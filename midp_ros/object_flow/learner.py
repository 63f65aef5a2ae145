"""The learner `flow_points`: object flow between a task and the arm; imports core, learning and recording.

Xu et al. 2024, "Flow as the Cross-Domain Manipulation Interface" (Im2Flow2Act). Two diffusions are trained side by
side: a generator of flows, from how the object moves in demonstrations of the task, whose actions it does not see; and
a policy that follows flows, from play, in which each episode's own way is the flow that it followed.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, cast

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import ConfigError, build, require
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.device import Compute
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.learners.learner import Batch, Measured, PlainObjective, refuse_terms_of_denoisers
from midp_ros.learning.selection import select
from midp_ros.object_flow.config import FlowConfig
from midp_ros.object_flow.policy import FlowPolicy
from midp_ros.recording import load_episodes

LOG = logging.getLogger(__name__)


class FlowLearner:
    """A Learner."""

    def __init__(self, options: Mapping[str, Any]):
        self.config: FlowConfig = build(FlowConfig, dict(options), "learner")

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """See Learner; raises ConfigError where a section asks for what a flow has not."""
        others = {
            "history_bottleneck.weight": config.history_bottleneck.weight == 0,
            "diffusion.sampler": config.diffusion.sampler == "ode",
            "diffusion.weighting": config.diffusion.weighting == "velocity",
            "scene_frame": config.scene_frame is None,
            "scene_motions": config.scene_motions is None,
            "context.observed": config.context.observed is None,
        }
        refuse_terms_of_denoisers(config, others)
        require(not contract.images, "learner.name", "flow_points", "another one: it sees no images")
        folder = self.config.play

        def play() -> Dataset:
            selection = select(load_episodes(folder))
            for remark in selection.left_out:
                LOG.warning("learner.play %s: %s", folder, remark)
            episodes = selection.learned
            of_play = episodes[0].contract
            replace(contract, skill=of_play.skill).require_match(of_play, "the demonstrations", folder)
            return build_dataset(episodes)

        return FlowPolicy(contract, config, self.config, cache(play))

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> FlowObjective:
        """See Learner."""
        return FlowObjective(config, cast("FlowPolicy", policy), compute)


class FlowObjective(PlainObjective):
    """An Objective: the generator's denoising error on demonstrations plus the policy's on play."""

    what = "denoising error"

    def __init__(self, config: TrainConfig, policy: FlowPolicy, compute: Compute):
        self.config, self.policy, self.compute = config, policy, compute
        self._play = policy.play().to(compute.device)
        self._play_flows = self._flows(self._play)
        self._known: tuple[Dataset, Tensor] = self._play, self._play_flows

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """See Objective: for the generator and for the policy noise, noise steps and spread; windows of play."""
        contract, steps = self.policy.contract, self.config.diffusion.steps
        shape = self.policy.flow_shape
        return [
            torch.randint(steps, (batch,), generator=generator),
            torch.randn(batch, *shape, generator=generator),
            torch.randint(len(self._play), (batch,), generator=generator),
            torch.randn(batch, *shape, generator=generator),
            torch.randint(steps, (batch,), generator=generator),
            torch.randn(batch, contract.horizon.predicted, contract.action_size, generator=generator),
            1 + self.policy.flow.point_spread * (2 * torch.rand(batch, 2, generator=generator) - 1),
        ]

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """See Objective."""
        flow_steps, flow_noise, chosen, disturbance, steps, noise, factors = drawn
        policy, play = self.policy, self._play
        with torch.no_grad():
            window, chunk = play.observed[chosen], play.predicted[chosen]
            observation, action = policy.encode_observation(window), policy.encode_action(window, chunk)
            observation, followed = policy.spread(observation, self._play_flows[chosen], factors[:, 0])
            followed = followed + policy.flow.flow_noise * disturbance
            scene, flow = policy.spread(batch.observation, self._flows_of(batch.windows)[batch.chosen], factors[:, 1])
        with self.compute.autocast():
            generated = self._generator_error(scene, flow, flow_steps, flow_noise)
            done = self._policy_error(observation, followed, action, steps, noise)
        return generated + done, Measured(generated.detach() + done.detach())

    def held_out(self, batch: Batch) -> Tensor:
        """See Objective: both on demonstrations, at noise steps that are spread evenly."""
        generator, count = torch.Generator().manual_seed(0), len(batch.chosen)
        steps = torch.arange(count) * self.config.diffusion.steps // count
        steps = steps[torch.randperm(count, generator=generator)].to(self.compute.device)
        noise = torch.randn(batch.action.shape, generator=generator).to(self.compute.device)
        flow_noise = torch.randn(count, *self.policy.flow_shape, generator=generator).to(self.compute.device)
        flow = self._flows_of(batch.windows)[batch.chosen]
        generated = self._generator_error(batch.observation, flow, steps, flow_noise)
        return generated + self._policy_error(batch.observation, flow, batch.action, steps, noise)

    def _generator_error(self, observation: Tensor, flow: Tensor, steps: Tensor, noise: Tensor) -> Tensor:
        policy = self.policy
        features = policy.scene_features(observation)
        output = policy.generator(policy.schedule.q_sample(flow, steps, noise), steps, features)
        return self._error(output, flow, steps, noise)

    def _policy_error(self, observation: Tensor, flow: Tensor, action: Tensor, steps: Tensor, noise: Tensor) -> Tensor:
        policy = self.policy
        features = policy.flow_features(observation, flow)
        output = policy.denoiser(policy.schedule.q_sample(action, steps, noise), steps, features)
        return self._error(output, action, steps, noise)

    def _error(self, output: Tensor, clean: Tensor, steps: Tensor, noise: Tensor) -> Tensor:
        """Squared error of a network's output, as `diffusion.weighting: velocity`."""
        schedule = self.policy.schedule
        signal_t, noise_t = schedule.signal[steps, None, None], schedule.noise[steps, None, None]
        return (output - schedule.target(clean, noise, signal_t, noise_t)).square().mean()

    def _flows(self, dataset: Dataset) -> Tensor:
        """Normalised flows (windows, steps, points * 3)."""
        flows: Tensor = self.policy.flow_normalizer.normalize(self.policy.flows(dataset))
        return flows

    def _flows_of(self, dataset: Dataset) -> Tensor:
        """The same, kept for the next call."""
        if self._known[0] is not dataset:
            self._known = dataset, self._flows(dataset)
        return self._known[1]

    def state_dict(self) -> dict[str, Any]:
        """See Objective: which play it was."""
        return {"play_hash": self._play.data_hash}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See Objective; raises ConfigError where it was other play."""
        if state["play_hash"] != self._play.data_hash:
            raise ConfigError(
                f"cannot resume: learner.play={self.policy.flow.play!r} holds other play than the checkpoint was "
                "trained on; --fresh starts over, name=OTHER starts a second run"
            )
