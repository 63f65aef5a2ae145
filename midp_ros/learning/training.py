"""The training loop, as a generator of metrics; imports core and torch.

The caller logs, shows and saves: `for metrics in training.run(): ...`, and `training.checkpoint()` at any moment
between two steps. Going on from a checkpoint gives the same weights, bit by bit, as never having stopped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from midp_ros.core.errors import MidpError
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.augmentation.scene_motions import PlanarMotion, SceneMotions
from midp_ros.learning.checkpoint import Checkpoint, load_weights
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Batches, Dataset
from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.ema import Ema
from midp_ros.learning.encoders.augmentation import random_numbers
from midp_ros.learning.regulariser import Regulariser

HELD_OUT_WINDOWS = 512
RANGE_DRAWS = 20  # motions of each window from which the normalisers take their ranges
REMEDY = "--fresh starts over, name=OTHER starts a second run"


class TrainingError(MidpError):
    """Training that cannot go on: the loss is not finite."""


@dataclass(frozen=True)
class StepMetrics:
    """Measurements of one training step.

    Attributes:
        step: training steps done.
        denoising_error: mean squared error of the predicted noise [1].
        bound: lower bound on the pair's mutual information [nat]; NaN without a regulariser.
        statistics_loss: what the statistics network descends [nat]; NaN without a regulariser.
        weight: the regulariser's weight at this step [1/nat].
        history_information: upper bound on the information on past observations that the policy uses [nat]; NaN without
            a history bottleneck.
        learning_rate: of the policy.
        gradient_norm: of the policy, before clipping.
    """

    step: int
    denoising_error: float
    bound: float
    statistics_loss: float
    weight: float
    history_information: float
    learning_rate: float
    gradient_norm: float


def learning_rate_factor(step: int, warmup_steps: int, steps: int) -> float:
    """Share of the peak learning rate: linear rise over the warm-up, then half a cosine down to 0."""
    if step < warmup_steps:
        return (step + 1) / (warmup_steps + 1)
    progress = (step - warmup_steps) / max(1, steps - warmup_steps)
    return 0.5 * (1 + math.cos(math.pi * progress))


class Training:
    """One training run: policy, moving average, optimiser and, where configured, the regulariser.

    Args:
        command: that started it, for the checkpoint.
        resume: checkpoint to resume from.
        held_out: windows to measure on, which are not learned.
    """

    def __init__(
        self,
        config: TrainConfig,
        dataset: Dataset,
        command: str = "",
        resume: Checkpoint | None = None,
        held_out: Dataset | None = None,
    ):
        self.config, self.dataset, self.command, self.held_out = config, dataset, command, held_out
        self.step = 0
        self._generator = torch.Generator().manual_seed(config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.policy = DiffusionPolicy.of(dataset.contract, config)
        self._motions = SceneMotions(dataset.contract, config.scene_motions) if config.scene_motions else None
        self.policy.fit_normalizers(*self._seen(dataset))
        self.ema = Ema(self.policy, config.training.ema_decay, config.training.ema_power)
        self.optimiser = torch.optim.AdamW(
            self.policy.parameters(),
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=True,
        )
        regulariser = config.regulariser
        self.regulariser = Regulariser(regulariser, self.policy, config.seed) if regulariser else None
        if resume:
            self._restore(resume)
        self._batches = Batches(len(dataset), config.training.batch, config.seed)
        with torch.no_grad():
            self._observation = self.policy.encode_observation(dataset.observation)
            self._action = self.policy.encode_action(dataset.observation, dataset.action)

    def _seen(self, dataset: Dataset) -> tuple[Tensor, Tensor]:
        """Windows and chunks as the training sees them; of scenes that move, some draws, for the ranges."""
        if self._motions is None:
            return dataset.observation, dataset.action
        generator, motions = torch.Generator().manual_seed(self.config.seed), self._motions
        drawn = [motions.draw(dataset.observation, generator) for _ in range(RANGE_DRAWS)]
        observations = [motions.observation(motion, dataset.observation) for motion in drawn]
        return torch.cat(observations), torch.cat([motions.action(motion, dataset.action) for motion in drawn])

    @torch.no_grad()
    def _batch(self, chosen: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Encoded windows, their chunks and, where a regulariser relates them, the chunks that follow."""
        windows = [chosen]
        if self.regulariser is not None and self.regulariser.relates("next_action"):
            windows.append(self.dataset.following[chosen])
        if self._motions is None:
            encoded = [(self._observation[numbers], self._action[numbers]) for numbers in windows]
        else:
            motion = self._motions.draw(self.dataset.observation[chosen], self._generator)
            encoded = [self._moved(motion, numbers) for numbers in windows]
        (observation, action), *following = encoded
        return observation, action, following[0][1] if following else None

    def _moved(self, motion: PlanarMotion, numbers: Tensor) -> tuple[Tensor, Tensor]:
        assert self._motions is not None
        observation = self._motions.observation(motion, self.dataset.observation[numbers])
        action = self._motions.action(motion, self.dataset.action[numbers])
        return self.policy.encode_observation(observation), self.policy.encode_action(observation, action)

    def run(self) -> Iterator[StepMetrics]:
        """Trains to the configured step, yielding after each one."""
        while self.step < self.config.training.steps:
            yield self._advance()

    def _advance(self) -> StepMetrics:
        training, generator = self.config.training, self._generator
        rate = training.learning_rate * learning_rate_factor(self.step, training.warmup_steps, training.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        chosen = self._batches[self.step]
        observation, action, next_action = self._batch(chosen)
        diffusion_step = torch.randint(self.config.diffusion.steps, (len(chosen),), generator=generator)
        noise = torch.randn(action.shape, generator=generator)
        bottleneck, history_noise = self.policy.history_bottleneck, None
        if bottleneck is not None:
            history_noise = torch.randn(observation[:, :-1].shape, generator=generator)
        looks = random_numbers(len(chosen), len(self.dataset.frames), generator) if self.dataset.frames else None
        pictured = self.policy.encode_images(self.dataset.images(chosen), looks)
        result = self.policy.denoising_step(observation, action, diffusion_step, noise, history_noise, pictured)
        error = loss = result.error
        history_information = math.nan
        if bottleneck is not None:
            information = bottleneck.information()
            loss = loss + self.config.history_bottleneck.weight * information
            history_information = float(information.detach())
        bound = statistics_loss = math.nan
        weight = 0.0
        if self.regulariser:
            weight = self.regulariser.weight(self.step)
            if next_action is not None:
                result = replace(result, next_action=next_action)
            term, bound, statistics_loss = self.regulariser.term(result, self.step)
            loss = loss + term
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters(), training.gradient_clip)
        if not math.isfinite(float(norm)):
            raise TrainingError(
                f"training diverged at step {self.step}: gradient norm {float(norm)}, "
                f"denoising error {float(error.detach())}; lower training.learning_rate or regulariser.weight"
            )
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        if self.regulariser:
            self.regulariser.update(training.gradient_clip)
        self.ema.update(self.step)
        self.step += 1
        return StepMetrics(
            self.step, float(error.detach()), bound, statistics_loss, weight, history_information, rate, float(norm)
        )

    def held_out_error(self) -> float:
        """Denoising error on windows of held-out episodes, always the same windows, steps and noise; NaN without any.

        The training's own random numbers are not used, so measuring changes nothing.
        """
        if self.held_out is None:
            return math.nan
        generator = torch.Generator().manual_seed(0)
        count = min(HELD_OUT_WINDOWS, len(self.held_out))
        chosen = torch.linspace(0, len(self.held_out) - 1, count).round().long()
        window, chunk = self.held_out.observation[chosen], self.held_out.action[chosen]
        steps = torch.arange(count) * self.config.diffusion.steps // count  # evenly over the noise steps
        steps = steps[torch.randperm(count, generator=generator)]
        noise = torch.randn(chunk.shape, generator=generator)
        with torch.no_grad():
            observation, action = self.policy.encode_observation(window), self.policy.encode_action(window, chunk)
            pictured = self.policy.encode_images(self.held_out.images(chosen))
            return float(self.policy.denoising_step(observation, action, steps, noise, pictured=pictured).error)

    def checkpoint(self) -> Checkpoint:
        """This run as it is now."""
        state = {"optimiser": self.optimiser.state_dict(), "random": self._generator.get_state()}
        if self.regulariser:
            state["regulariser"] = self.regulariser.state_dict()
        return Checkpoint(
            contract=self.dataset.contract,
            config=self.config,
            step=self.step,
            data_hash=self.dataset.data_hash,
            episodes=self.dataset.episodes,
            command=self.command,
            policy=self.policy.state_dict(),
            ema=self.ema.model.state_dict(),
            state=state,
        )

    def _restore(self, saved: Checkpoint) -> None:
        if saved.data_hash != self.dataset.data_hash:
            raise ConfigError(
                f"cannot resume: the checkpoint was trained on other demonstrations (hash {saved.data_hash[:12]}, now "
                f"{self.dataset.data_hash[:12]}); {REMEDY}"
            )
        if difference := self.config.obstacle_to_resuming(saved.config):
            raise ConfigError(
                f"cannot resume: the checkpoint was trained with another configuration: {difference}; {REMEDY}"
            )
        load_weights(self.policy, saved.policy)
        load_weights(self.ema.model, saved.ema)
        self.optimiser.load_state_dict(saved.state["optimiser"])
        self._generator.set_state(saved.state["random"])
        if self.regulariser:
            self.regulariser.load_state_dict(saved.state["regulariser"])
        self.step = saved.step
