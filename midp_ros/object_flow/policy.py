"""Flow generator and policy in one, as it is exported; imports core and torch."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.denoiser import DenoiserShape, build_denoiser
from midp_ros.learning.diffusion import DiffusionPolicy
from midp_ros.learning.learned_policy import Answer, Asked
from midp_ros.learning.normalizer import MinMaxNormalizer
from midp_ros.learning.sampler import Sampler
from midp_ros.object_flow.config import POSITION, FlowConfig
from midp_ros.object_flow.ways import flows


class FlowPolicy(DiffusionPolicy):
    """A DiffusionPolicy over chunks that sees keypoints and their flow, and a diffusion over that flow.

    The generator sees the newest keypoints from their mean, and the task's entries, positions from that mean, too: it
    knows neither the tool nor where in the base frame the scene is. The policy sees the keypoints as the contract shows
    them, `sees` and the flow: it knows nothing of the task.

    Args:
        play: reads the play, which only the training needs.
    """

    def __init__(self, contract: Contract, config: TrainConfig, flow: FlowConfig, play: Callable[[], Dataset]):
        super().__init__(contract, config.model, config.diffusion, past_prediction=config.context.past_prediction)
        flow.check(contract)
        self.flow, self.play = flow, play
        entries = self.features.entries
        sizes = {name: place.stop - place.start for name, place in entries.items()}
        self._points, self._task = ([entries[name] for name in names] for names in (flow.points, flow.task))
        seen = [i for name in (*flow.points, *flow.sees) for i in range(entries[name].start, entries[name].stop)]
        self.register_buffer("seen", torch.tensor(seen), persistent=False)
        self.flow_shape = flow.steps, POSITION * len(flow.points)
        scene_size = POSITION * len(flow.points) + sum(sizes[name] for name in flow.task)
        self.scene_normalizer = MinMaxNormalizer((scene_size,), config.model.floor)
        self.flow_normalizer = MinMaxNormalizer(self.flow_shape, config.model.floor)
        self.generator = build_denoiser(DenoiserShape(*self.flow_shape, 1, scene_size), config.model)
        size = len(seen) + math.prod(self.flow_shape)
        horizon = contract.horizon
        shape = DenoiserShape(horizon.predicted, contract.action_size, horizon.observed, size)
        self.denoiser = build_denoiser(shape, config.model)  # in place of one that sees all that is observed

    seen: Tensor

    def flows(self, dataset: Dataset) -> Tensor:
        """The way's rest of every window (windows, steps, points * 3) [m]."""
        slices = self.contract.observation_slices
        return flows(dataset.observed, [slices[name] for name in self.flow.points], self.flow.steps)

    def fit_normalizers_in_parts(self, parts: Callable[[], Iterator[tuple[Tensor, Tensor]]]) -> None:
        """See LearnedPolicy: from demonstrations and play; the scene's from demonstrations, the flow's from play."""
        play = self.play()

        def both() -> Iterator[tuple[Tensor, Tensor]]:
            yield from parts()
            yield from ((play.observed[part], play.predicted[part]) for part in play.parts())

        super().fit_normalizers_in_parts(both)
        self.scene_normalizer.fit_parts(self._scene(self.features.observe(window)) for window, _ in parts())
        self.flow_normalizer.fit(self.flows(play))

    def _scene(self, observed: Tensor) -> Tensor:
        """What the generator sees (batch, 1, scene size), in raw units, of what a policy sees in raw units."""
        points = [observed[:, -1:, place] for place in self._points]
        mean = torch.stack(points).mean(0)
        task = [observed[:, -1:, place] for place in self._task]
        task = [value - mean if value.shape[-1] == POSITION else value for value in task]
        return torch.cat([*(point - mean for point in points), *task], dim=-1)

    def scene_features(self, observation: Tensor) -> Tensor:
        """The generator's features of normalised windows (batch, observed, visible)."""
        scene = self.scene_normalizer.normalize(self._scene(self.observation_normalizer.denormalize(observation)))
        features: Tensor = self.generator.observation_features(scene)
        return features

    def flow_features(self, observation: Tensor, flow: Tensor) -> Tensor:
        """The policy's features of normalised windows and normalised flows (batch, steps, points * 3)."""
        along = flow.flatten(1)[:, None].expand(-1, observation.shape[1], -1)
        features: Tensor = self.denoiser.observation_features(torch.cat([observation[..., self.seen], along], dim=-1))
        return features

    def spread(self, observation: Tensor, flow: Tensor, factor: Tensor) -> tuple[Tensor, Tensor]:
        """Normalised windows and flows with the keypoints so many times as far from their mean (batch,)."""
        seen = self.observation_normalizer.denormalize(observation)
        points = _spread(torch.stack([seen[..., place] for place in self._points], dim=-2), factor)
        for number, place in enumerate(self._points):
            seen[..., place] = points[..., number, :]
        metres = self.flow_normalizer.denormalize(flow).unflatten(2, (len(self._points), POSITION))
        flow = self.flow_normalizer.normalize(_spread(metres, factor).flatten(2))
        return self.observation_normalizer.normalize(seen), flow

    def answer(self, sampling_steps: int | None = None) -> Answer:
        """See LearnedPolicy."""
        return FlowAnswer(self, sampling_steps)

    def compile_network(self) -> None:
        """See LearnedPolicy."""
        self.denoiser.compile()
        self.generator.compile()


class FlowAnswer(Sampler):
    """An Answer: a flow is generated from what is observed now, then a chunk that follows it.

    Both are sampled by the same steps; the flow's noise is taken from `fresh`, the chunk's is `noise`.
    """

    policy: FlowPolicy

    @property
    def fresh_draws(self) -> int:
        """See Answer: as many as a flow's noise fills."""
        contract = self.policy.contract
        return math.ceil(math.prod(self.policy.flow_shape) / (contract.horizon.predicted * contract.action_size))

    def chunks(self, asked: Asked) -> list[Tensor]:
        """See Answer: the chunk after each denoising step."""
        observation = self.policy.encode_observation(asked.observation)
        flow = self.generate(observation, asked.fresh)
        features = self.policy.flow_features(observation, flow)
        return self.sample(replace(asked, fresh=None), features)

    def generate(self, observation: Tensor, fresh: Tensor | None = None) -> Tensor:
        """Normalised flows (batch, steps, points * 3) for normalised windows; without noise the middle one."""
        policy, shape = self.policy, self.policy.flow_shape
        if fresh is None:
            x = observation.new_zeros(len(observation), *shape)
        else:
            x = policy.schedule.begins_with * fresh.flatten(1)[:, : math.prod(shape)].unflatten(1, shape)
        features = policy.scene_features(observation)
        for i, step in enumerate(self.steps):
            steps = torch.full_like(x[:, 0, 0], step, dtype=torch.long)
            x = policy.schedule.advance(x, policy.generator(x, steps, features), step, self.after(i), self.clip)
        return x


def _spread(points: Tensor, factor: Tensor) -> Tensor:
    """Points, or their displacements, (batch, times, points, 3), so many times as far from their mean (batch,)."""
    mean = points.mean(-2, keepdim=True)
    return mean + factor[:, None, None, None] * (points - mean)
