"""The training loop, as a generator of metrics; imports core and torch.

The caller logs, shows and saves: `for metrics in training.run(): ...`, and `training.checkpoint()` at any moment
between two steps. Going on from a checkpoint gives the same weights, bit by bit, as never having stopped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from midp_ros.core.errors import MidpError
from midp_ros.core.plain_data import ConfigError
from midp_ros.learning.augmentation.augmentation import Augmentation, Scenes
from midp_ros.learning.checkpoint import Checkpoint, load_weights
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Batches, Dataset
from midp_ros.learning.device import Compute, advice_on
from midp_ros.learning.ema import Ema
from midp_ros.learning.encoders.augmentation import random_numbers as looks_of
from midp_ros.learning.history_bottleneck import parameter_groups
from midp_ros.learning.learners.learner import Batch, Learner, learner_of, written_out
from midp_ros.learning.team import Team
from midp_ros.learning.training_step import StepMetrics, learning_rate_factor

HELD_OUT_WINDOWS = 512
RANGE_DRAWS = 20  # of each window from which the normalisers take their ranges
REMEDY = "--fresh starts over, name=OTHER starts a second run"


class TrainingError(MidpError):
    """Training that cannot go on: the loss is not finite, or memory or a compiler is missing."""


@contextmanager
def _in_one_line(what: str) -> Iterator[None]:
    """Where a user can change what torch fails at, the remedy in place of its traceback."""
    try:
        yield
    except RuntimeError as error:
        if (advice := advice_on(error)) is None:
            raise
        raise TrainingError(f"{what}: {advice}") from error


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
        config = written_out(config.for_contract(dataset.contract))
        self.config, self.dataset, self.command, self.held_out = config, dataset, command, held_out
        self.compute, self.team = compute or Compute(), team or Team()
        self.team.require_parts(config.training.batch)
        torch.backends.cudnn.allow_tf32 = False  # float32 is float32 in convolutions, too, unlike torch's default
        self.step = 0
        self._generator = torch.Generator().manual_seed(config.seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            learner = learner_of(config)
            self.policy = learner.policy(dataset.contract, config)
        self._augmentation = Augmentation(dataset.contract, config)
        self.policy.fit_normalizers_in_parts(self._parts)
        with _in_one_line("training cannot begin"):
            self._build(learner, resume)

    def _build(self, learner: Learner, resume: Checkpoint | None) -> None:
        """What takes the device's memory."""
        config, dataset, held_out, device = self.config, self.dataset, self.held_out, self.compute.device
        self.policy.to(device)
        self.ema = Ema(self.policy, config.training.ema_decay, config.training.ema_power)
        self.optimiser = torch.optim.AdamW(
            parameter_groups(self.policy, config.history_bottleneck.gain_rate),
            lr=config.training.learning_rate,
            weight_decay=config.training.weight_decay,
            fused=True,
        )
        self.objective = learner.objective(config, self.policy, self._augmentation, self.compute)
        self._batches = Batches(len(dataset), config.training.batch, config.seed)
        self._windows = dataset.to(device)
        self._measured = held_out.to(device) if held_out else None
        self._set_up(resume.step if resume else 0)
        if resume:
            self._restore(resume)
        if config.compile:
            self.policy.compile_network()

    def _set_up(self, step: int) -> None:
        """For a loop of another kind: what it has besides, before a checkpoint of this step is restored."""

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
        if self.objective.relates_following:
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
        """Trains to the configured step, yielding after each one; raises TrainingError where it cannot go on."""
        while self.step < self.config.training.steps:
            with _in_one_line(f"training stopped at step {self.step}"):
                metrics = self._advance()
            yield metrics

    def _advance(self) -> StepMetrics:
        training = self.config.training
        rate = training.learning_rate * learning_rate_factor(self.step, training.warmup_steps, training.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate * group.get("rate", 1.0)
        loss, measured = self._loss(*self._draw())
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average_gradients(self.policy.parameters())
        norm = torch.nn.utils.clip_grad_norm_(self.policy.parameters(), training.gradient_clip)
        measured = self.team.average(torch.cat([measured, norm[None]]))
        error, bound, statistics_loss, information, *penalised, norm_ = measured.tolist()  # a GPU is awaited here alone
        if not math.isfinite(norm_):
            raise TrainingError(
                f"training diverged at step {self.step}: gradient norm {norm_}, {self.objective.what} {error}; lower "
                "training.learning_rate or regulariser.weight"
            )
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        weight = self.objective.weight(self.step)
        self.objective.update(self.team, training.gradient_clip)
        self.ema.update(self.step)
        self.step += 1
        return StepMetrics(self.step, error, bound, statistics_loss, weight, information, rate, norm_, *penalised)

    def _draw(self) -> list[Tensor]:
        """Of a step, on the device: this process' windows, and the random numbers of `_loss`."""
        generator = self._generator
        chosen = self._batches[self.step]
        batch = len(chosen)
        moved, drawn = self._augmentation.draw(batch, generator), self.objective.draw(batch, generator)
        looks = looks_of(batch, len(self.dataset.frames), generator)
        parts = self.team.part(chosen, moved, looks, *drawn)
        return [each.to(self.compute.device, non_blocking=True) for each in parts]

    def _loss(self, chosen: Tensor, moved: Tensor, looks: Tensor, *drawn: Tensor) -> tuple[Tensor, Tensor]:
        """The scalar to descend, and what of it is measured, in StepMetrics' order; NaN where there is none."""
        observation, action, next_action = self._batch(chosen, moved)
        with self.compute.autocast():
            pictured = self.policy.encode_images(self._pictures(self.dataset, chosen), looks)
        batch = Batch(self._windows, chosen, moved, observation, action, next_action, pictured)
        loss, measured = self.objective.loss(batch, drawn, self.step)
        return loss, measured.row()

    def _pictures(self, dataset: Dataset, chosen: Tensor) -> dict[str, Tensor]:
        """What windows see, on the device; all pictures of a set might not fit there."""
        if not dataset.frames:
            return {}
        return {name: seen.to(self.compute.device) for name, seen in dataset.images(chosen.cpu()).items()}

    def held_out_error(self) -> float:
        """The objective's error on windows of held-out episodes, always the same ones; NaN without any.

        The training's own random numbers are not used, so measuring changes nothing.
        """
        if self._measured is None:
            return math.nan
        measured = self._measured
        chosen = torch.linspace(0, len(measured) - 1, min(HELD_OUT_WINDOWS, len(measured))).round().long()
        window, chunk = measured.observed[chosen], measured.predicted[chosen]
        with torch.no_grad(), _in_one_line(f"the held-out error at step {self.step} cannot be measured"):
            observation, action = self.policy.encode_observation(window), self.policy.encode_action(window, chunk)
            pictured = self.policy.encode_images(self._pictures(measured, chosen))
            moved = torch.empty(len(chosen), 0)  # nothing is drawn
            return float(self.objective.held_out(Batch(measured, chosen, moved, observation, action, None, pictured)))

    def checkpoint(self) -> Checkpoint:
        """This run as it is now."""
        state = {"optimiser": self.optimiser.state_dict(), "random": self._generator.get_state()}
        state.update(self.objective.state_dict())
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
        if difference := self.config.obstacle_to_resuming(written_out(saved.config)):
            raise ConfigError(
                f"cannot resume: the checkpoint was trained with another configuration: {difference}; {REMEDY}"
            )
        load_weights(self.policy, saved.policy)
        load_weights(self.ema.model, saved.ema)
        self.optimiser.load_state_dict(saved.state["optimiser"])
        self._generator.set_state(saved.state["random"])
        self.objective.load_state_dict(saved.state)
        self.step = saved.step
