"""PPO on the exported policy's own weights; imports core, torch and stable-baselines3."""

from __future__ import annotations

from typing import Any

import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import Logger
from torch import Tensor, nn

from midp_ros.adversarial.config import AdversarialConfig
from midp_ros.adversarial.step_policy import StepPolicy
from midp_ros.adversarial.task_vec_env import TaskVecEnv
from midp_ros.learning.config import TrainingConfig


class Generator:
    """stable-baselines3's PPO, whose actor is a StepPolicy.

    Attributes:
        actor: stable-baselines3's policy, made of the StepPolicy's networks and a value function.
        optimiser: of the policy and the value function.
        value: the value function's network.
    """

    def __init__(
        self, policy: StepPolicy, acting: TaskVecEnv, config: AdversarialConfig, training: TrainingConfig, seed: int
    ):
        hidden, ppo = list(config.hidden), config.ppo
        self._ppo = PPO(
            "MlpPolicy", acting, learning_rate=training.learning_rate,
            n_steps=config.rollout // config.environments, batch_size=training.batch, n_epochs=ppo.epochs,
            gamma=ppo.discount, gae_lambda=ppo.gae_lambda, clip_range=ppo.clip, ent_coef=ppo.entropy,
            vf_coef=ppo.value_weight, max_grad_norm=training.gradient_clip, seed=seed, device=policy.device,
            policy_kwargs={"net_arch": {"pi": hidden, "vf": hidden}, "activation_fn": nn.Tanh},
        )  # fmt: skip
        self.actor: Any = self._ppo.policy
        actor = self.actor
        actor.mlp_extractor.policy_net, actor.action_net = policy.trunk, policy.mean
        actor.log_std = policy.log_deviation
        self.value = nn.ModuleList([actor.mlp_extractor.value_net, actor.value_net])
        # Those of the networks that it was built with are gone.
        parameters = [*policy.trunk.parameters(), *policy.mean.parameters(), policy.log_deviation]
        parameters += list(self.value.parameters())
        self.optimiser = actor.optimizer = torch.optim.Adam(parameters, lr=training.learning_rate, eps=1e-5)
        self._ppo.set_logger(Logger(folder=None, output_formats=[]))
        self._callback: BaseCallback | None = None

    def act(self) -> tuple[Tensor, Tensor]:
        """One rollout: what was seen (rollout, seen_size), and the changes (rollout, action_size) that were made."""
        ppo = self._ppo
        if self._callback is None:  # the environments begin when they are needed
            _, self._callback = ppo._setup_learn(total_timesteps=ppo.n_steps, callback=None)
        ppo.collect_rollouts(ppo.env, self._callback, ppo.rollout_buffer, n_rollout_steps=ppo.n_steps)  # type: ignore[arg-type]
        buffer = ppo.rollout_buffer
        seen, changes = (torch.from_numpy(each).flatten(0, 1) for each in (buffer.observations, buffer.actions))
        return seen.to(ppo.device), changes.clamp(-1, 1).to(ppo.device)

    def improve(self, rate: float) -> None:
        """Improves the policy by the last rollout, at a learning rate."""
        self._ppo.lr_schedule = lambda progress: rate
        self._ppo.train()
