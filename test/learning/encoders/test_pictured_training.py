"""A policy of pictures is trained, resumes bit by bit, and its export does what it does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from on_meta import META, step_on_meta
from pictured import IMAGES, pictured_config, pictured_episode

from midp_ros.core.errors import OutputError
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.learning import dataset as dataset_module
from midp_ros.learning.dataset import Dataset, build_dataset
from midp_ros.learning.export.onnx_file import export_onnx
from midp_ros.learning.sampler import Sampler
from midp_ros.learning.training import Training


@pytest.fixture(scope="module")
def pictured() -> Dataset:
    return build_dataset([pictured_episode(seed) for seed in range(6)])


def test_windows_see_the_frames_of_their_own_steps(pictured):
    episodes = [pictured_episode(seed) for seed in range(6)]
    assert pictured.frames["left"].shape == (6 * 12, 24, 24, 3)
    seen = pictured.images(torch.tensor([0, 11, 12, 15]))
    for name in ("left", "right"):
        wanted = [(0, [0, 0]), (0, [10, 11]), (1, [0, 0]), (1, [2, 3])]
        np.testing.assert_array_equal(seen[name], [episodes[k].images[name][steps] for k, steps in wanted])


def test_other_pictures_are_other_demonstrations(pictured):
    episodes = [pictured_episode(seed) for seed in range(6)]
    changed = episodes[0].images["left"].copy()
    changed[3, 0, 0, 0] += 1
    episodes[0] = replace(episodes[0], images={**episodes[0].images, "left": changed})
    assert build_dataset(episodes).data_hash != pictured.data_hash


def test_pictures_on_the_disk_are_learned_as_those_in_memory(pictured, monkeypatch):
    config = pictured_config(steps=2)
    in_memory = Training(config, pictured)
    list(in_memory.run())
    monkeypatch.setattr(dataset_module, "LARGEST_IN_MEMORY", 0)
    stored = build_dataset([pictured_episode(seed) for seed in range(6)])
    assert stored.data_hash == pictured.data_hash
    assert isinstance(dataset_module._room((2, 3)), np.memmap)
    for name, frames in stored.frames.items():
        assert torch.equal(frames, pictured.frames[name])
    on_disk = Training(config, stored)
    list(on_disk.run())
    for one, other in zip(in_memory.policy.parameters(), on_disk.policy.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_full_disk_is_named_before_anything_is_read(monkeypatch):
    monkeypatch.setattr(dataset_module, "LARGEST_IN_MEMORY", 0)
    refuse = OSError(28, "No space left on device")

    def full(*_):
        raise refuse

    monkeypatch.setattr(dataset_module.os, "posix_fallocate", full)
    with pytest.raises(OutputError, match="has no room for 0.0 GB of pictures: No space left on device; TMPDIR"):
        build_dataset([pictured_episode(0)])


def test_resuming_with_pictures_is_bit_exact(pictured):
    config = pictured_config(steps=5)
    whole = Training(config, pictured)
    list(whole.run())
    stopped = Training(config, pictured)
    runs = stopped.run()
    next(runs), next(runs)
    resumed = Training(config, pictured, resume=stopped.checkpoint())
    list(resumed.run())
    for before, after in zip(whole.policy.parameters(), resumed.policy.parameters(), strict=True):
        assert torch.equal(before, after)


def test_pictures_are_cut_coloured_and_encoded_on_the_device(pictured, monkeypatch):
    """But for their choice, which is the host's, where they lie: by numbers, which have no values here."""

    def shown(_, dataset, chosen):
        first = pictured.images(torch.zeros(len(chosen), dtype=torch.long))
        return {image: seen.to(META) for image, seen in first.items()}

    monkeypatch.setattr(Training, "_pictures", shown)
    step_on_meta(pictured_config(), pictured, monkeypatch)


@pytest.mark.slow
def test_five_steps_then_the_export_does_what_the_policy_does(pictured, tmp_path):
    training = Training(pictured_config(), pictured, held_out=pictured)
    before = training.checkpoint().policy["encoder.networks.0.maps.weight"].clone()
    list(training.run())
    assert not torch.equal(before, training.checkpoint().policy["encoder.networks.0.maps.weight"])
    assert np.isfinite(training.held_out_error())
    checkpoint = training.checkpoint()
    card, difference = export_onnx(checkpoint, tmp_path / "policy.onnx", 2)
    assert difference < 1e-4 and card.sampling_steps == 2
    policy = OnnxPolicy(tmp_path / "policy.onnx")
    policy.warm_up()
    window, random = ObservationWindow(policy.contract), np.random.default_rng(0)
    for step in range(2):
        shots = {image.name: random.integers(0, 256, image.shape, np.uint8) for image in IMAGES}
        window.push(0.1 * step, random.uniform(0.2, 0.6, 5), shots)
    noise = np.random.default_rng(7).standard_normal((1, 16, 4), dtype=np.float32)
    policy.reset(7)
    chunk = policy.act(window)
    images = {name: torch.from_numpy(shots)[None] for name, shots in window.images().items()}
    with torch.no_grad():
        sampler = Sampler(checkpoint.build_policy(), 2)
        expected = sampler(torch.tensor(window.array()[None]).float(), torch.from_numpy(noise), images=images)
        black = {name: torch.zeros_like(shots) for name, shots in images.items()}
        unseen = sampler(torch.tensor(window.array()[None]).float(), torch.from_numpy(noise), images=black)
    np.testing.assert_allclose(chunk.actions, expected[0, 1:].numpy(), atol=1e-4)
    assert (expected - unseen).abs().max() > 1e-4
