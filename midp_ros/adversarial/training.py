"""The training loop of learners that act in an environment; imports core, learning and simulation.

A training step is one rollout: the policy acts, the judge learns to tell its steps from demonstrated ones, and PPO
improves the policy by what the judge had said while it acted. A resumed run begins its episodes anew, so that it goes
on, but not bit by bit as one that never stopped.
"""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor

from midp_ros.adversarial.config import AdversarialConfig
from midp_ros.adversarial.episodes import Episodes, TaskEpisodes, ToolEpisodes
from midp_ros.adversarial.generator import Generator
from midp_ros.adversarial.step_policy import StepPolicy
from midp_ros.adversarial.task_vec_env import TaskVecEnv
from midp_ros.core.plain_data import require
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.training import Training, TrainingError
from midp_ros.learning.training_step import StepMetrics, learning_rate_factor
from midp_ros.simulation.environment import TaskEnvironment


class AdversarialTraining(Training):
    """A Training whose step is a rollout, with what a Training is built with.

    Attributes:
        acting: its episodes.
        generator: PPO.
    """

    def _set_up(self, step: int) -> None:
        config = self.config
        require(self.team.size == 1, "processes", self.team.size, "1: its environments are in one")
        objective: Any = self.objective
        learner: AdversarialConfig = objective.config
        self._learner, self._judge = learner, objective.judge
        self._cloning, policy = self.optimiser, cast("StepPolicy", self.policy)
        self._judging = torch.optim.Adam(self._judge.parameters(), lr=learner.judge.learning_rate)
        self._random = torch.Generator().manual_seed(config.seed + 1)
        seed = config.seed + step
        self.acting = TaskVecEnv(policy, _episodes(learner, self.dataset, seed), learner.environments, self._reward)
        self.generator = Generator(policy, self.acting, learner, config.training, seed)
        self.optimiser = self.generator.optimiser  # type: ignore[assignment]
        with torch.no_grad():
            observed, predicted = self._windows.observed[:], self._windows.predicted[:]
            self._demonstrated = torch.cat(
                [policy.observe(observed), policy.demonstrated(observed, predicted).clamp(-1, 1)], dim=1
            )
        self._judge.fit(self._demonstrated)

    def _reward(self, pairs: Tensor) -> Tensor:
        with torch.no_grad():
            reward: Tensor = self._judge.reward(pairs, self._random)
        return reward

    def _advance(self) -> StepMetrics:
        if self.step == 0:
            self._clone()
        training = self.config.training
        rate = training.learning_rate * learning_rate_factor(self.step, training.warmup_steps, training.steps)
        seen, changes = self.generator.act()
        own = torch.cat([seen, changes], dim=1)
        reward = float(self._reward(own).mean())
        error = self._judge_better(own)
        if not math.isfinite(error):
            raise TrainingError(
                f"training diverged at step {self.step}: {self.objective.what} {error}; lower "
                "learner.judge.learning_rate or training.learning_rate"
            )
        self.generator.improve(rate)
        self.ema.update(self.step)
        self.step += 1
        nan = math.nan
        success = self.acting.success
        succeeded = sum(success) / len(success) if success else nan
        return StepMetrics(self.step, error, nan, nan, 0.0, nan, rate, nan, reward=reward, success=succeeded)

    def _judge_better(self, own: Tensor) -> float:
        """Trains the judge on demonstrated and own pairs; the mean of what it descended."""
        config, errors = self._learner.judge, list[float]()
        for _ in range(config.updates):
            chosen = [
                pairs[torch.randint(len(pairs), (config.batch,), generator=self._random).to(pairs.device)]
                for pairs in (self._demonstrated, own)
            ]
            loss = self._judge.loss(*chosen, self._random)
            self._judging.zero_grad(set_to_none=True)
            loss.backward()
            self._judging.step()
            errors.append(float(loss.detach()))
        return sum(errors) / len(errors)

    def _clone(self) -> None:
        """Behaviour cloning, which gives the policy a beginning."""
        for step in range(self._learner.cloning_steps):
            for group in self._cloning.param_groups:
                group["lr"] = 1e-3 * learning_rate_factor(step, 0, self._learner.cloning_steps)
            loss, _ = self._loss(*self._draw_of(step))
            self._cloning.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            self._cloning.step()
        self.policy.zero_grad(set_to_none=True)
        self.ema.model.load_state_dict(self.policy.state_dict())

    def _draw_of(self, step: int) -> list[Tensor]:
        """Windows of a step of cloning."""
        chosen = self._batches[step]
        nothing = torch.empty(len(chosen), 0)
        return [each.to(self.compute.device) for each in (chosen, nothing, nothing)]

    def checkpoint(self) -> Checkpoint:
        """See Training."""
        saved = super().checkpoint()
        saved.state["judging"] = self._judging.state_dict()
        saved.state["value"] = self.generator.value.state_dict()
        return saved

    def _restore(self, saved: Checkpoint) -> None:
        super()._restore(saved)
        self._judging.load_state_dict(saved.state["judging"])
        self.generator.value.load_state_dict(saved.state["value"])


def _episodes(config: AdversarialConfig, dataset: Dataset, seed: int) -> Episodes:
    """Those of a configuration, with the policy's contract."""

    def environment() -> TaskEnvironment:
        task = config.task or dataset.contract.skill
        return TaskEnvironment(task, dataset.contract, kinematic=config.world != "stand_in")

    if config.world == "tool":
        return ToolEpisodes(environment(), config.environments, seed)
    return TaskEpisodes([environment() for _ in range(config.environments)], seed)
