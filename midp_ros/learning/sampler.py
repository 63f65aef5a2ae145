"""The sampling loop, with or without a given beginning of the chunk; imports core and torch."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.learned_policy import NO_IMAGES, Answer, Asked


class Sampler(Answer):
    """From raw observations and noise to raw actions: the whole denoising loop as a function of all its randomness.

    A prefix, the previous chunk's actions, is painted in: after each of the n denoising steps, the noisy chunk is drawn
    towards the prefix at that step's noise,

        x_t <- (1 - w) x_t + w (signal_t prefix + noise_t noise),    w = 1 - (1 - weight)^(1/n),

    so that the denoiser fits the rest to it. That is replacement (Lugmayr et al. 2022, RePaint; Janner et al. 2022)
    with the soft weights of real-time chunking (Black et al. 2025), whose own guidance needs the denoiser's gradient,
    which an exported graph has not. The noise is the chunk's own, so nothing random is added; the root lets a weight
    mean the same for any n, where n full pulls would make it nearly 1.
    """

    policy: DiffusionPolicy

    def __init__(self, policy: DiffusionPolicy, sampling_steps: int | None = None):
        steps = sampling_steps or policy.diffusion.sampling_steps
        super().__init__(policy, policy.schedule.sampling_steps(steps))
        self.clip = policy.diffusion.clip_sample
        self.kind = policy.diffusion.sampler

    @property
    def fresh_draws(self) -> int:
        """Chunks of noise that it needs besides the first: none of the ODE; the step to the clean chunk adds none."""
        each = {"ode": 0, "ancestral": 1, "predictor_corrector": 2}[self.kind]
        return each * (len(self.steps) - 1)

    def chunks(self, asked: Asked) -> list[Tensor]:
        """See Answer: the chunk after each denoising step."""
        return self.sample(asked, self.condition(asked.observation, asked.images))

    def sample(self, asked: Asked, features: Tensor) -> list[Tensor]:
        """The same, with the denoiser's features (batch, feature_size)."""
        x, drawn = asked.noise, []
        if self.policy.schedule.begins_with != 1:
            x = self.policy.schedule.begins_with * x
        held = None
        if asked.prefix is not None and asked.weight is not None:
            known = self.policy.encode_action(asked.observation, asked.prefix)
            held = known, asked.noise, self.share(asked.weight)
        for i in range(len(self.steps)):
            x = self.denoise(i, x, features) if asked.fresh is None else self.draw(i, x, features, asked.fresh)
            if held:
                x = self.hold(i, x, *held)
            drawn.append(x)
        return drawn

    def condition(self, observation: Tensor, images: Mapping[str, Tensor] = NO_IMAGES) -> Tensor:
        """The denoiser's features (batch, feature_size) of raw observations and their pictures."""
        seen = self.policy.encode_observation(observation)
        return self.policy.observation_features(seen, self.policy.encode_images(images))

    def denoise(self, i: int, x: Tensor, features: Tensor) -> Tensor:
        """The i-th denoising step: noisier chunk -> cleaner chunk."""
        output = self._output(self.steps[i], x, features)
        return self.policy.schedule.advance(x, output, self.steps[i], self.after(i), self.clip)

    def _output(self, step: int, x: Tensor, features: Tensor) -> Tensor:
        steps = torch.full_like(x[:, 0, 0], step, dtype=torch.long)  # (batch,)
        output: Tensor = self.policy.denoiser(x, steps, features)
        return output

    def draw(self, i: int, x: Tensor, features: Tensor, fresh: Tensor) -> Tensor:
        """The i-th step of a sampler that draws anew: ancestral, then the corrector's where it leads to."""
        schedule, after = self.policy.schedule, self.after(i)
        if after < 0:
            return self.denoise(i, x, features)
        correct = self.kind == "predictor_corrector"
        first = i * (2 if correct else 1)
        output = self._output(self.steps[i], x, features)
        x = schedule.ancestral(x, output, self.steps[i], after, self.clip, fresh[:, first])
        if correct:
            ratio = self.policy.diffusion.corrector_ratio
            x = schedule.corrected(x, self._output(after, x, features), after, ratio, fresh[:, first + 1])
        return x

    def share(self, weight: Tensor) -> Tensor:
        """How far one step draws towards the prefix (batch, predicted, 1), for weights (batch, predicted)."""
        return 1 - (1 - weight.unsqueeze(-1)) ** (1 / len(self.steps))

    def hold(self, i: int, x: Tensor, known: Tensor, noise: Tensor, share: Tensor) -> Tensor:
        """Draws the chunk after the i-th step towards the normalised prefix at that step's noise."""
        signal_t, noise_t = self.policy.schedule.levels(self.after(i))
        return (1 - share) * x + share * (signal_t * known + noise_t * noise)

    def after(self, i: int) -> int:
        """The noise step that the i-th denoising step leads to; -1: clean."""
        return self.steps[i + 1] if i + 1 < len(self.steps) else -1
