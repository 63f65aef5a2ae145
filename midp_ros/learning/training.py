"""The training loop, as a generator of metrics; imports core and torch.

The caller logs, shows and saves: `for metrics in training.run(): ...`, and `training.checkpoint()` at any moment
between two steps. Going on from a checkpoint gives the same weights, bit by bit, as never having stopped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import torch
from torch import Tensor

from midp_ros.core.errors import MidpError
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.augmentation.augmentation import Augmentation, Scenes
from midp_ros.learning.checkpoint import Checkpoint, load_weights
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Batches, Dataset
from midp_ros.learning.device import Compute
from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.ema import Ema
from midp_ros.learning.encoders.augmentation import random_numbers as looks_of
from midp_ros.learning.history_bottleneck import parameter_groups
from midp_ros.learning.penalties import Penalties
from midp_ros.learning.regulariser import Regulariser
from midp_ros.learning.team import Team
from midp_ros.learning.training_step import StepMetrics, learning_rate_factor

HELD_OUT_WINDOWS = 512
RANGE_DRAWS = 20  # of each window from which the normalisers take their ranges
REMEDY = "--fresh starts over, name=OTHER starts a second run"


class TrainingError(MidpError):
    """Training that cannot go on: the loss is not finite."""


class Training:
    """One training run: policy, moving average, optimiser and, where configured, the regulariser.

    Args:
        command: that started it, for the checkpoint.
        resume: checkpoint to resume from.
        held_out: windows to measure on, which are not learned.
        compute: where and how. All random numbers are drawn on the CPU, so that a device changes nothing but rounding.
        team: the processes that train together.
    """

    def __init__(
        self,
        config: TrainConfig,
        dataset: Dataset,
        command: str = "",
        resume: Checkpoint | None = None,
        held_out: Dataset | None = None,
        compute: Compute | None = None,
        team: Team | None = None,
    ):
        self.config, self.dataset, self.command, self.held_out = config, dataset, command, held_out
        self.compute, self.team = compute or Compute(), team or Team()
        self.team.require_parts(config.training.batch)
        self.step = 0
        self._generator = torch.Generator().manual_seed(config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.policy = DiffusionPolicy.of(dataset.contract, config)
        self._augmentation = Augmentation(dataset.contract, config)
        self.policy.fit_normalizers_in_parts(self._parts)
        device = self.compute.device
        self.policy.to(device)
        self.ema = Ema(self.policy, config.training.ema_decay, config.training.ema_power)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.policy, config.history_bottleneck.gain_rate),
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=True,
        )
        regulariser = config.regulariser
        self.regulariser = Regulariser(regulariser, self.policy, config.seed) if regulariser else None
        if resume:
            self._restore(resume)
        self._batches = Batches(len(dataset), config.training.batch, config.seed)
        self._windows = dataset.to(device)
        self._penalties = Penalties(config, self.policy, self._augmentation)
        self._measured = held_out.to(device) if held_out else None
        if config.compile:
            self.policy.denoiser.compile()

    def _parts(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Windows and chunks as the training sees them, in parts; where they are drawn, some draws, for the ranges."""
        dataset, augmentation = self.dataset, self._augmentation
        generator = torch.Generator().manual_seed(self.config.seed)
        for _ in range(RANGE_DRAWS if augmentation.draws else 1):
            drawn = augmentation.draw(len(dataset), generator)
            for part in dataset.parts():
                observation, action = dataset.observed[part], dataset.predicted[part]
                scenes = augmentation.scenes(observation, drawn[part])
                yield scenes.observation(observation), scenes.action(action)

    @torch.no_grad()
    def _batch(self, chosen: Tensor, drawn: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """Encoded windows, their chunks and, where a regulariser relates them, the chunks that follow."""
        windows = [chosen]
        if self.regulariser is not None and self.regulariser.relates("next_action"):
            windows.append(self._windows.following[chosen])
        scenes = self._augmentation.scenes(self._windows.observed[chosen], drawn)
        encoded = [self._encoded(numbers, scenes) for numbers in windows]
        (observation, action), *following = encoded
        return observation, action, following[0][1] if following else None

    def _encoded(self, numbers: Tensor, scenes: Scenes) -> tuple[Tensor, Tensor]:
        observation = scenes.observation(self._windows.observed[numbers])
        action = scenes.action(self._windows.predicted[numbers])
        return self.policy.encode_observation(observation), self.policy.encode_action(observation, action)

    def run(self) -> Iterator[StepMetrics]:
        """Trains to the configured step, yielding after each one."""
        while self.step < self.config.training.steps:
            yield self._advance()

    def _advance(self) -> StepMetrics:
        training = self.config.training
        rate = training.learning_rate * learning_rate_factor(self.step, training.warmup_steps, training.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group.get("rate", 1.0)
        loss, measured = self._loss(*self._draw())
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average_gradients(self.policy.parameters())
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters(), training.gradient_clip)
        measured = self.team.average(torch.stack([*measured, norm]))
        error, bound, statistics_loss, information, *penalised, norm_ = measured.tolist()  # a GPU is awaited here alone
        if not math.isfinite(norm_):
            raise TrainingError(
                f"training diverged at step {self.step}: gradient norm {norm_}, denoising error {error}; lower "
                "training.learning_rate or regulariser.weight"
            )
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        weight = 0.0
        if self.regulariser:
            weight = self.regulariser.weight(self.step)
            self.team.average_gradients(self.regulariser.network.parameters())
            self.regulariser.update(training.gradient_clip)
        self.ema.update(self.step)
        self.step += 1
        return StepMetrics(self.step, error, bound, statistics_loss, weight, information, rate, norm_, *penalised)

    def _draw(self) -> list[Tensor]:
        """Of a step, on the device: this process' windows, and the random numbers of `_loss`."""
        generator, contract = self._generator, self.dataset.contract
        chosen = self._batches[self.step]
        batch, observed = len(chosen), contract.horizon.observed
        moved = self._augmentation.draw(batch, generator)
        steps = torch.randint(self.config.diffusion.steps, (batch,), generator=generator)
        noise = torch.randn(batch, contract.horizon.predicted, contract.action_size, generator=generator)
        past = observed - 1 if self.policy.history_bottleneck is not None else 0
        past_noise = torch.randn(batch, past, self.policy.features.observation_size, generator=generator)
        looks = looks_of(batch, len(self.dataset.frames), generator)
        feature_noise = self._penalties.draw(batch, generator)
        drawn = self.team.part(chosen, moved, steps, noise, past_noise, looks, feature_noise)
        return [each.to(self.compute.device, non_blocking=True) for each in drawn]

    def _loss(
        self,
        chosen: Tensor,
        moved: Tensor,
        steps: Tensor,
        noise: Tensor,
        past_noise: Tensor,
        looks: Tensor,
        feature_noise: Tensor,
    ) -> tuple[Tensor, list[Tensor]]:
        """The scalar to descend, and what of it is measured, in StepMetrics' order; NaN where there is none."""
        observation, action, next_action = self._batch(chosen, moved)
        bottleneck = self.policy.history_bottleneck
        with self.compute.autocast():
            pictured = self.policy.encode_images(self._pictures(self.dataset, chosen), looks)
            result = self.policy.denoising_step(
                observation, action, steps, noise, None if bottleneck is None else past_noise, pictured, feature_noise
            )
        error = loss = result.error
        bound = statistics_loss = information = error.new_full((), math.nan)
        if bottleneck is not None:
            information = bottleneck.information()
            loss = loss + self.config.history_bottleneck.weight_at(self.step) * information
        if self.regulariser:
            if next_action is not None:
                result = replace(result, next_action=next_action)
            term, bound, statistics_loss = self.regulariser.term(result, self.step)
            loss = loss + term
        penalty, *penalised = self._penalties.term(result, self._windows, chosen, moved)
        measured = (error, bound, statistics_loss, information, *penalised)
        return loss + penalty, [each.detach() for each in measured]

    def _pictures(self, dataset: Dataset, chosen: Tensor) -> dict[str, Tensor]:
        """What windows see, on the device; all pictures of a set might not fit there."""
        if not dataset.frames:
            return {}
        return {name: seen.to(self.compute.device) for name, seen in dataset.images(chosen.cpu()).items()}

    def held_out_error(self) -> float:
        """Denoising error on windows of held-out episodes, always the same windows, steps and noise; NaN without any.

        The training's own random numbers are not used, so measuring changes nothing.
        """
        if self._measured is None:
            return math.nan
        generator = torch.Generator().manual_seed(0)
        measured = self._measured
        count = min(HELD_OUT_WINDOWS, len(measured))
        chosen = torch.linspace(0, len(measured) - 1, count).round().long()
        window, chunk = measured.observed[chosen], measured.predicted[chosen]
        steps = torch.arange(count) * self.config.diffusion.steps // count  # evenly over the noise steps
        steps = steps[torch.randperm(count, generator=generator)]
        noise = torch.randn(chunk.shape, generator=generator)
        with torch.no_grad():
            observation, action = self.policy.encode_observation(window), self.policy.encode_action(window, chunk)
            steps, noise = (each.to(self.compute.device) for each in (steps, noise))
            pictured = self.policy.encode_images(self._pictures(measured, chosen))
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
