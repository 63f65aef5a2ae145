"""Devices without a GPU: what is chosen, and that every tensor of a training step is on the device."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from on_meta import step_on_meta
from synthetic import reach_episode, small_config

from midp_ros.learning.checkpoint import Checkpoint
from midp_ros.learning.config import (
    ContextConfig,
    DiffusionConfig,
    FeatureBottleneckConfig,
    HistoryBottleneckConfig,
    LeakagePenaltyConfig,
    LearnerConfig,
    ModelConfig,
    RegulariserConfig,
    SceneMotionsConfig,
    TrainConfig,
)
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.device import CPU, Compute, DeviceError, choose_compute, choose_device
from midp_ros.learning.team import Team
from midp_ros.learning.training import Training, TrainingError


@pytest.fixture(scope="module")
def learned():
    return build_dataset([reach_episode(seed) for seed in range(3)])


def gpus(monkeypatch, *capabilities):
    """GPUs of these capabilities; the present one is the first."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(capabilities))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(capabilities))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)  # it counts what is only emulated
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: capabilities[device.index])


OLD, NEW = (7, 5), (8, 0)  # Turing, Ampere


def test_auto_takes_a_gpu_where_there_is_one_and_each_process_its_own(monkeypatch):
    gpus(monkeypatch)
    assert choose_device("auto") == choose_device("cpu") == choose_device("auto", Team(3, 4, 3)) == CPU
    assert choose_compute("auto", "auto") == Compute(CPU, bf16=False)
    gpus(monkeypatch, NEW, NEW)
    assert [str(choose_device("auto", Team(rank, 4, rank % 2))) for rank in range(4)] == 2 * ["cuda:0", "cuda:1"]
    assert str(choose_device("cuda:1")) == "cuda:1" and choose_device("cpu", Team(2, 3, 2)) == CPU


def test_bfloat16_is_chosen_where_the_chosen_gpu_has_it(monkeypatch):
    gpus(monkeypatch, OLD, NEW)
    assert not choose_compute("cuda", "auto").bf16 and choose_compute("cuda:1", "auto").bf16
    assert choose_compute("auto", "auto", Team(1, 2, 1)).bf16 and not choose_compute("cuda:1", "float32").bf16
    assert choose_compute("cuda", "bf16").bf16, "as it is asked for"


def test_a_missing_gpu_is_named(monkeypatch):
    gpus(monkeypatch)
    with pytest.raises(DeviceError, match="device=cuda: torch .* finds no GPU; device=auto takes what there is"):
        choose_device("cuda")
    gpus(monkeypatch, NEW, NEW)
    with pytest.raises(DeviceError, match="device=cuda:2: .* finds 2 GPUs, cuda:0 to cuda:1"):
        choose_device("cuda:2")


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_two_processes_do_not_share_a_gpu(monkeypatch, wanted):
    gpus(monkeypatch, NEW, NEW)
    with pytest.raises(DeviceError, match=f"device={wanted}: .* finds 2 GPUs.* so start 2 on this machine"):
        choose_device(wanted, Team(2, 3, 2))
    with pytest.raises(DeviceError, match="device=cuda:0 is one GPU for 2 processes; device=cuda gives each its own"):
        choose_device("cuda:0", Team(0, 2, 0))


def test_float32_is_float32_in_convolutions_too(learned, monkeypatch):
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", True)  # torch's default
    Training(small_config(), learned)
    assert not torch.backends.cudnn.allow_tf32


@pytest.mark.parametrize("key, value", [("device", "gpu"), ("device", "cuda:x"), ("precision", "fp8")])
def test_what_is_no_device_or_precision_is_refused(key, value):
    with pytest.raises(Exception, match=key):
        TrainConfig.from_dict({"name": "a", "data": "b", key: value})


RELATED = {
    "history_bottleneck": HistoryBottleneckConfig(weight=0.1),
    "regulariser": RegulariserConfig(y="next_action", hidden=16, weight=0.1, warmup_steps=0, first_step=5),
}
STEPS = {
    "unet": RELATED,
    **{name: {**RELATED, "model": ModelConfig(name=name, channels=(32, 32))} for name in ("perceptron", "transformer")},
    "penalties": {
        "leakage_penalty": LeakagePenaltyConfig(weight=0.1),
        "feature_bottleneck": FeatureBottleneckConfig(weight=0.1),
        "observation_noise": {"tool_position": 0.005},
    },
    "flow, of future actions alone": {
        "diffusion": DiffusionConfig(method="flow", steps=50, sampling_steps=5),
        "context": ContextConfig(past_prediction=False),
    },
    **{
        f"learner {' '.join(map(str, options.values()))}": {
            "history_bottleneck": HistoryBottleneckConfig(weight=0.1),
            "learner": LearnerConfig(**LearnerConfig.from_plain(options)),
        }
        for options in (
            {"name": "bc"},
            {"name": "bc", "head": "mixture"},
            {"name": "bc_sde", "warmup_steps": 0},
            {"name": "ebm"},
        )
    },
}


@pytest.mark.parametrize("sections", STEPS.values(), ids=STEPS)
def test_every_tensor_of_a_step_is_on_the_device(learned, sections, monkeypatch):
    step_on_meta(replace(small_config(), **sections), learned, monkeypatch)


def test_scenes_that_move_do_so_on_the_device(monkeypatch):
    from moved_scenes import RANGES, pick_episode

    assert isinstance(RANGES, SceneMotionsConfig)
    dataset = build_dataset([pick_episode(seed=1)])
    step_on_meta(replace(small_config(), scene_motions=RANGES), dataset, monkeypatch)
    step_on_meta(replace(small_config(), scene_frame="object"), dataset, monkeypatch)


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


class CppCompileError(RuntimeError):
    """As torch's."""


CppCompileError.__module__ = "torch._inductor.exc"


@pytest.mark.parametrize(
    "error, says",
    [
        (torch.OutOfMemoryError("CUDA out of memory."), "stopped at step 1: .* memory is full; lower training.batch"),
        (CppCompileError("C++ compile error\n\nCommand:"), r"failed \(C\+\+ compile error\); compile=false does"),
    ],
)
def test_what_a_user_can_change_is_said_without_a_traceback(learned, error, says, monkeypatch):
    training = Training(small_config(), learned)
    steps = training.run()
    next(steps)
    monkeypatch.setattr(training, "_loss", raising(error))
    with pytest.raises(TrainingError, match=says):
        next(steps)


def test_a_gpu_that_is_full_at_the_start_or_while_the_held_out_error_is_measured_is_named(learned, monkeypatch):
    full = raising(torch.OutOfMemoryError("CUDA out of memory."))
    training = Training(small_config(), learned, held_out=learned)
    monkeypatch.setattr(training.objective, "held_out", full)
    with pytest.raises(TrainingError, match="held-out error at step 0 cannot be measured: .* lower training.batch"):
        training.held_out_error()
    monkeypatch.setattr(torch.nn.Module, "to", full)
    with pytest.raises(TrainingError, match="training cannot begin: the GPU's memory is full"):
        Training(small_config(), learned)


def test_other_errors_of_a_step_stay_what_they_are(learned, monkeypatch):
    training = Training(small_config(), learned)
    monkeypatch.setattr(training, "_loss", raising(RuntimeError("shapes differ")))
    with pytest.raises(RuntimeError, match="shapes differ"):
        next(training.run())


def raising(error):
    """A function that does nothing else."""

    def call(*_):
        raise error

    return call


@pytest.mark.slow
@pytest.mark.processes
def test_a_missing_compiler_is_named(learned, monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr("torch._inductor.config.cpp.cxx", (str(tmp_path / "no_compiler"),))
    small = ModelConfig(name="perceptron", channels=(16,))
    with pytest.raises(TrainingError, match=r"torch.compile failed \(.*C\+\+ compiler.*\); compile=false does without"):
        next(Training(replace(small_config(), compile=True, model=small), learned).run())
