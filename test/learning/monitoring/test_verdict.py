"""Action errors against an independent calculation, and the conclusions from them."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from synthetic import CONTRACT, reach_episode, small_config

from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.pose import rotation6_from_matrix, rotation_about_z
from midp_ros.learning.config import DiffusionConfig, ModelConfig
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.learners.diffusion import SampledPolicy
from midp_ros.learning.monitoring.action_error import ActionError, action_errors
from midp_ros.learning.monitoring.verdict import _sentences, verdict
from midp_ros.learning.training import Training
from midp_ros.learning.windows import Windows

POSE = Contract(
    "test", "none", 10.0, Horizon(2, 4, 2),
    (Entry("tool_position", 3, "m"), Entry("tool_rotation", 6, "1")),
    (Entry("tool_position", 3, "m"), Entry("tool_rotation", 6, "1"), Entry("disc", 2, "px")),
)  # fmt: skip


def rotation(degrees: float) -> np.ndarray:
    return rotation6_from_matrix(rotation_about_z(math.radians(degrees)))


class Given:
    """An answer that is known beforehand."""

    def __init__(self, chunk: torch.Tensor, fresh_draws: int = 0):
        self.chunk, self.fresh_draws = chunk, fresh_draws

    def __call__(self, observation, noise, images, fresh):  # type: ignore[no-untyped-def]
        assert (fresh is None) == (self.fresh_draws == 0)
        if fresh is not None:
            assert fresh.shape == (len(noise), self.fresh_draws, *noise.shape[1:])
            assert abs(float(fresh.mean())) < 0.3 and not torch.equal(fresh[:, 0], noise)
        return self.chunk


def test_errors_are_in_millimetres_degrees_and_the_contracts_unit() -> None:
    """A sampler that is off by 3 and 4 mm, 7 degrees and 5 px, on a motion of 20 mm and 30 degrees."""
    seen = np.concatenate([[0.1, 0.2, 0.3], rotation(10)])
    shown = np.concatenate([[0.1, 0.2, 0.32], rotation(40), [0.0, 0.0]])
    predicted = np.concatenate([[0.103, 0.204, 0.32], rotation(47), [3.0, 4.0]])
    window = torch.tensor(np.tile(seen, (5, 2, 1)), dtype=torch.float32)
    chunk = torch.tensor(np.tile(shown, (5, 4, 1)), dtype=torch.float32)
    answer = torch.tensor(np.tile(predicted, (5, 4, 1)), dtype=torch.float32)
    answer[:, [0, 3]] = 99.0  # not executed
    policy = SimpleNamespace(answer=lambda: Given(answer), taught=slice(1, 3))
    dataset = Dataset(POSE, Windows.of(window), Windows.of(chunk), torch.arange(5), 1, "")
    position, turned, disc = action_errors(policy, dataset)  # type: ignore[arg-type]
    assert (position.name, position.unit) == ("tool_position", "mm") and (turned.unit, disc.unit) == ("deg", "px")
    assert position.error == pytest.approx(5.0, rel=1e-4) and position.motion == pytest.approx(20.0, rel=1e-4)
    assert turned.error == pytest.approx(7.0, rel=1e-3) and turned.motion == pytest.approx(30.0, rel=1e-3)
    assert disc.error == pytest.approx(5.0) and math.isnan(disc.motion)


def test_a_sampler_that_draws_anew_is_judged_as_it_is_exported() -> None:
    torch.manual_seed(0)
    network = SampledPolicy(CONTRACT, ModelConfig(channels=(8,), kernel=3, embedding=16), DiffusionConfig())
    dataset = build_dataset([reach_episode(3)])
    network.fit_normalizers(dataset.observation, dataset.action)
    found = []
    for sampler in ("ode", "ancestral", "predictor_corrector"):
        network.diffusion = DiffusionConfig(steps=20, sampling_steps=3, sampler=sampler)
        found.append([e.error for e in action_errors(network, dataset)])
        assert found[-1] == [e.error for e in action_errors(network, dataset)], "the same policy, the same errors"
    assert found[0] != found[1] != found[2] != found[0]


@pytest.mark.slow
def test_a_memorised_episode_is_called_over_fitting() -> None:
    learned, held_out = build_dataset([reach_episode(3)]), build_dataset([reach_episode(s) for s in (4, 5)])
    training = Training(small_config(steps=200, learning_rate=4e-3, warmup_steps=20), learned, held_out=held_out)
    list(training.run())
    found = verdict(training.ema.model, learned, held_out, [])
    assert found.ratio > 2 and not found.good
    said = f"over-fitting: the held-out action error is {found.ratio:.2f} times"
    assert any(s.startswith(said) for s in found.sentences)
    assert [e.name for e in found.learned] == ["tool_position", "gripper_width"]
    again = verdict(training.ema.model, learned, held_out, [])
    assert again == found
    alone = verdict(training.ema.model, learned, None, [])
    assert math.isnan(alone.ratio) and "no episode was held out" in " ".join(alone.sentences)


def row(step: float, error: float) -> dict[str, float]:
    return {"step": step, "held_out_error": error}


@pytest.mark.parametrize(
    ("error", "ratio", "rows", "first"),
    [
        (3.0, 1.1, [], "no over-fitting"),
        (12.0, 1.1, [], "not learned yet: the error of tool, 12 mm, is 60 % of the demonstrated motion"),
        (3.0, 1.6, [], "over-fitting"),
        (3.0, 1.1, [row(s, e) for s, e in enumerate([9, 3, 3, 3, 6, 6, 6])], "over-fitting"),
        (3.0, 1.1, [row(s, e) for s, e in enumerate([9, 5, 3, 2, 2, 2, 2.1])], "no over-fitting"),
        (3.0, math.nan, [], "learned episodes only"),
    ],
)
def test_the_first_sentence_is_the_conclusion(error, ratio, rows, first) -> None:
    sentences = _sentences([ActionError("tool", "mm", error, 20.0)], ratio, rows)
    assert sentences[0].startswith(first)
    unknown = replace(ActionError("disc", "px", 1e9, math.nan))
    assert not _sentences([unknown], 1.0, [])[0].startswith("not learned")
