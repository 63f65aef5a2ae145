"""Trained policies, and what they do; imports learning and simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.episode import Episode
from midp_ros.core.window import ObservationWindow
from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.reproduce.study import Report
from midp_ros.reproduce.trials import FIRST_SEED, configuration, finished, fit, shaping, stand_in
from midp_ros.reproduce.why_diffusion.scene import TASK, before_the_post, counted, from_post, side
from midp_ros.simulation import rollout


class DrawnPolicy:
    """A core.protocols.Policy that torch answers, so that its noise can be chosen.

    Args:
        fixed_start: every chunk sets out from the same noise; what a sampler draws on the way stays random.
    """

    def __init__(self, policy: LearnedPolicy, fixed_start: bool = False):
        self.contract, self.fixed_start = policy.contract, fixed_start
        self.executed_steps = self.contract.horizon.executed
        self._answer = policy.answer().eval()
        self._random = torch.Generator()
        shape = 1, self.contract.horizon.predicted, self.contract.action_size
        self._start = torch.randn(shape, generator=torch.Generator().manual_seed(0))

    def reset(self, seed: int) -> None:
        """Noise follows from the seed."""
        self._random.manual_seed(seed)

    def act(self, window: ObservationWindow, prefix: ActionChunk | None = None, frozen_steps: int = 0) -> ActionChunk:
        """See Policy; a prefix is left aside."""
        contract = self.contract
        actions = self.chunks(window.array(), 1)[0]
        return ActionChunk(actions[contract.first_executed :], window.time_s, contract.step_s)

    @torch.no_grad()
    def chunks(self, window: Array, number: int) -> Array:
        """So many chunks (number, predicted, action_size) for one window (observed, observation_size)."""
        observation = torch.tensor(window, dtype=torch.float32).expand(number, *window.shape)
        chunk = self._start.shape[1:]
        start = torch.randn(number, *chunk, generator=self._random)
        start = self._start.expand(number, *chunk) if self.fixed_start else start
        draws = self._answer.fresh_draws
        fresh = torch.randn(number, draws, *chunk, generator=self._random) if draws else None
        return np.asarray(self._answer(observation, start, fresh=fresh).double().numpy())


def trained(
    settings: Mapping[str, Any], episodes: Sequence[Episode], checkpoint: Path, report: Report
) -> LearnedPolicy:
    """The policy of a training configuration; of its checkpoint, where that was trained in the same way."""
    config = configuration(checkpoint.stem, settings)
    dataset = build_dataset(episodes, config.context)
    if saved := finished(checkpoint, config, dataset):
        return saved.build_policy()
    found = fit(config, dataset, report).checkpoint
    found.save(checkpoint)
    return found.build_policy()


def sampled_by(policy: LearnedPolicy, checkpoint: Path, sampling: Mapping[str, Any]) -> LearnedPolicy:
    """The same weights, sampled in another way: by other keys of `diffusion`."""
    if not sampling:
        return policy
    saved = Checkpoint.load(checkpoint)
    config = replace(saved.config, diffusion=replace(saved.config.diffusion, **sampling))
    return replace(saved, config=config).build_policy()


def sampled(policy: DrawnPolicy, number: int) -> dict[str, Any]:
    """What it answers before the post, where both ways are as good: counts of sides, and ways [mm] for the figure."""
    policy.reset(0)
    window = before_the_post(policy.contract)
    place = policy.contract.action_slices["tool_position"]
    post_m = window[-1, policy.contract.observation_slices["obstacle_position"]]
    chunks = policy.chunks(window, number)[:, policy.contract.first_executed :, place]
    ways_m = from_post(chunks, post_m)
    return {**counted([side(way) for way in ways_m]), "ways_mm": _mm(ways_m[:80])}


def driven(policy: DrawnPolicy, episodes: int, report: Report) -> dict[str, Any]:
    """What it does on unseen scenes, reflexes on and commands kept within the arm's limits as by the policy's node."""
    simulation = stand_in(TASK)
    shape = shaping(simulation.profile, policy)
    sides, ways, successes = [], [], 0
    for i in range(episodes):
        report(i, episodes, "episodes")
        r = rollout(simulation, policy, FIRST_SEED + i, shape=shape, keep_observations=True)
        touched = not r.success and (r.reflexes or (r.failure is not None and "touched" in r.failure.reason))
        sides.append("post" if touched or r.info["side"] == "none" else r.info["side"])
        successes += r.success
        ways.append(from_post(r.observations["tool_position"], r.observations["obstacle_position"]))
    return {**counted(sides), "success": successes, "episodes": episodes, "ways_mm": [_mm(way) for way in ways]}


def _mm(ways_m: Array) -> list[Any]:
    rounded: list[Any] = np.round(1000 * np.asarray(ways_m)).astype(int).tolist()
    return rounded
