"""Windows that share their steps are those that were cut, and a training takes no copy of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from synthetic import reach_episode

from midp_ros.core.step_times import uninterrupted_parts
from midp_ros.core.window import training_windows, uninterrupted_windows
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.normalizer import MinMaxNormalizer
from midp_ros.learning.windows import Windows


def test_they_are_the_windows_that_core_cuts_with_gaps_and_at_both_ends() -> None:
    whole, gapped = reach_episode(1), reach_episode(2)
    later = gapped.time_s + np.where(np.arange(len(gapped)) > 20, 5.0, 0.0)  # a gap of 5 s
    episodes = [whole, replace(gapped, time_s=later)]
    dataset = build_dataset(episodes)
    cut = [training_windows(e, uninterrupted_windows(e.contract, uninterrupted_parts(e))) for e in episodes]
    observation, action = (np.concatenate(part).astype(np.float32) for part in zip(*cut, strict=True))
    np.testing.assert_array_equal(dataset.observation, observation)
    np.testing.assert_array_equal(dataset.action, action)
    chosen = torch.tensor([len(dataset) - 1, 0, 7])
    np.testing.assert_array_equal(dataset.predicted[chosen], action[chosen])
    assert len(dataset) == len(observation) < sum(map(len, episodes))
    assert torch.equal(torch.cat(list(dataset.parts(10))), torch.arange(len(dataset)))


def test_steps_are_kept_once() -> None:
    dataset = build_dataset([reach_episode(seed) for seed in (1, 2)])
    assert len(dataset.observed.steps) == len(dataset.predicted.steps) == 2 * len(reach_episode(1))
    assert dataset.observed.newest is dataset.predicted.newest


def test_cut_windows_are_taken_as_they_are() -> None:
    windows = torch.arange(24.0).reshape(3, 4, 2)
    taken = Windows.of(windows)
    assert torch.equal(taken[:], windows) and torch.equal(taken[torch.tensor([2])], windows[2:])


def test_ranges_in_parts_are_the_ranges_of_all() -> None:
    values = torch.randn(100, 3, 2, generator=torch.Generator().manual_seed(0))
    whole, parts = MinMaxNormalizer((3, 2), 0.1), MinMaxNormalizer((3, 2), 0.1)
    whole.fit(values)
    parts.fit_parts(values.split(7))
    assert torch.equal(whole.center, parts.center) and torch.equal(whole.half_range, parts.half_range)
