"""Devices without a GPU: what is chosen, and that every tensor of a training step is on the device.

torch's `meta` device has shapes but no values, and refuses to be mixed with the CPU, as a GPU does.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
from synthetic import reach_episode, small_config  # noqa: E402

from midp_ros.learning.checkpoint import Checkpoint  # noqa: E402
from midp_ros.learning.config import (  # noqa: E402
    HistoryBottleneckConfig,
    ModelConfig,
    RegulariserConfig,
    SceneMotionsConfig,
    TrainConfig,
)
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.device import CPU, Compute, DeviceError, choose_compute, choose_device  # noqa: E402
from midp_ros.learning.training import Training  # noqa: E402

META = Compute(torch.device("meta"))


@pytest.fixture(scope="module")
def learned():
    return build_dataset([reach_episode(seed) for seed in range(3)])


def gpus(monkeypatch, count, bf16=True):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: bf16)


def test_auto_takes_a_gpu_where_there_is_one_and_each_process_its_own(monkeypatch):
    gpus(monkeypatch, 0)
    assert choose_device("auto") == choose_device("cpu") == CPU
    assert choose_compute("auto", "auto") == Compute(CPU, bf16=False)
    gpus(monkeypatch, 2)
    assert [str(choose_device("auto", rank)) for rank in range(3)] == ["cuda:0", "cuda:1", "cuda:0"]
    assert str(choose_device("cuda:1")) == "cuda:1" and choose_device("cpu") == CPU
    assert choose_compute("cuda", "auto").bf16 and not choose_compute("cuda", "float32").bf16
    gpus(monkeypatch, 2, bf16=False)
    assert not choose_compute("cuda", "auto").bf16


def test_a_missing_gpu_is_named(monkeypatch):
    gpus(monkeypatch, 0)
    with pytest.raises(DeviceError, match="device=cuda: torch .* finds no GPU; device=auto takes what there is"):
        choose_device("cuda")
    gpus(monkeypatch, 2)
    with pytest.raises(DeviceError, match="device=cuda:2: .* finds 2 GPUs, cuda:0 to cuda:1"):
        choose_device("cuda:2")


@pytest.mark.parametrize("key, value", [("device", "gpu"), ("device", "cuda:x"), ("precision", "fp8")])
def test_what_is_no_device_or_precision_is_refused(key, value):
    with pytest.raises(Exception, match=key):
        TrainConfig.from_dict({"name": "a", "data": "b", key: value})


@pytest.mark.parametrize("denoiser", ["unet", "perceptron", "transformer"])
def test_every_tensor_of_a_step_is_on_the_device(learned, denoiser, monkeypatch):
    # Without values, how many samples a mask takes is open; then it is all of them.
    monkeypatch.setattr("torch.fx.experimental._config.meta_nonzero_assume_all_nonzero", True)
    config = replace(
        small_config(),
        model=replace(small_config().model, name=denoiser),
        history_bottleneck=HistoryBottleneckConfig(weight=0.1),
        regulariser=RegulariserConfig(y="next_action", hidden=16, weight=0.1, warmup_steps=0, first_step=5),
    )
    if denoiser != "unet":
        config = replace(config, model=ModelConfig(name=denoiser, channels=(32, 32)))
    _step_on_meta(config, learned, monkeypatch)


def test_scenes_that_move_do_so_on_the_device(monkeypatch):
    from moved_scenes import RANGES, pick_episode

    config = replace(small_config(), scene_motions=RANGES)
    assert isinstance(RANGES, SceneMotionsConfig)
    _step_on_meta(config, build_dataset([pick_episode(seed=1)]), monkeypatch)


def _step_on_meta(config, dataset, monkeypatch):
    adam = torch.optim.AdamW
    monkeypatch.setattr(torch.optim, "AdamW", lambda parameters, fused, **options: adam(parameters, **options))
    training = Training(config, dataset, held_out=dataset, compute=META)
    loss, measured = training._loss(*training._draw())
    loss.backward()
    training.optimiser.step()
    training.objective.update(training.team, 1.0)
    training.ema.update(0)
    gradients = [p.grad for p in training.policy.parameters()]
    assert {each.device.type for each in [loss, measured, *gradients]} == {"meta"}
    assert all(each is not None for each in gradients)


def test_bfloat16_follows_float32_and_resumes_in_it(learned, tmp_path):
    config = small_config(steps=10)
    exact, fast = (Training(config, learned, compute=Compute(CPU, bf16)) for bf16 in (False, True))
    errors = [[m.denoising_error for m in each.run()] for each in (exact, fast)]
    assert errors[0] != errors[1] and errors[1] == pytest.approx(errors[0], rel=0.03)
    assert {each.dtype for each in fast.policy.parameters()} == {torch.float32}
    fast.checkpoint().save(tmp_path / "checkpoint.pt")
    saved = Checkpoint.load(tmp_path / "checkpoint.pt")
    longer = replace(small_config(steps=12), device="cpu", precision="float32")
    assert [m.step for m in Training(longer, learned, resume=saved).run()] == [11, 12]
