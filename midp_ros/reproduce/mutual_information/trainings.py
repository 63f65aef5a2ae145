"""The study's parts: a training and its episodes each, and the way between noise and action; imports learning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.files.animation import encode_animation, thinned
from midp_ros.core.files.output import write_bytes
from midp_ros.reproduce.mutual_information.variants import FULL, QUICK, VARIANTS, Extent
from midp_ros.reproduce.study import Part, Report
from midp_ros.reproduce.trials import FIRST_SEED, Trained, demonstrations, described, episodes_of, train
from midp_ros.simulation import Rollout, draw_replay

NOISE_STEPS = (0, 20, 40, 60, 99)  # at which the way to noise is shown, of 100
DENOISING_STEPS = 10
DRAWN_CHUNKS, DRAWN_EPISODES = 12, 20
PICTURE_RATE_HZ, PICTURE_SIZE = 5.0, (320, 240)
VIDEO = "episode.gif"


def parts(quick: bool) -> Sequence[Part]:
    """Every training, the first seed of all before the next."""
    extent = QUICK if quick else FULL
    found = []
    for seed in extent.seeds:
        for task, count in extent.tasks.items():
            for size in extent.sizes:
                for variant in VARIANTS:
                    settings = {
                        "task": task,
                        "demonstrations": count,
                        "episodes": extent.episodes,
                        "first_seed": FIRST_SEED,
                        "training": described(extent.settings(variant, size, seed)),
                    }
                    work = partial(_work, extent, task, size, variant, seed)
                    found.append(Part(f"{task}-{size}-{variant}-{seed}", settings, work))
    return found


def _work(
    extent: Extent, task: str, size: str, variant: str, seed: int, report: Report, files: Path
) -> dict[str, Any]:
    count, name = extent.tasks[task], f"{task}-{size}-{variant}-{seed}"
    shown = demonstrations(task, count, files / task, report)
    model = files / f"{name}.onnx"
    trained = train(extent.settings(variant, size, seed), shown, model, report)
    drawn = seed == extent.seeds[0] and size == extent.sizes[0]
    runs = episodes_of(model, task, extent.episodes, report, keep_observations=drawn)
    episodes = [_episode(run, drawn) for run in runs]
    if drawn and variant == "price":
        _video(runs[0].observations, shown[0].contract, files, task)
    return {
        "success": [e["success"] for e in episodes],
        "path_m": [e["path_m"] for e in episodes],
        "jerk": [e["jerk"] for e in episodes],
        "ways_m": [e["way_m"] for e in episodes[:DRAWN_EPISODES]] if drawn else [],
        "error": trained.curve["error"],
        "step": trained.curve["step"],
        "bound": trained.curve["bound"],
        "parameters": trained.checkpoint.build_policy().parameter_count,
        "train_s": trained.seconds,
        "chunks": _chunks(trained, shown[0]) if drawn else {},
    }


def _episode(result: Rollout, drawn: bool) -> dict[str, Any]:
    way = result.observations["tool_position"] if drawn else np.zeros((0, 3))
    return {
        "success": float(result.success),
        "path_m": round(result.path_length_m, 4),
        "jerk": round(result.mean_squared_jerk, 1),
        "way_m": np.round(way, 3).tolist(),
    }


def _video(columns: dict[str, Any], contract: Contract, files: Path, task: str) -> None:
    chosen, rate_hz = thinned(columns, contract.step_s, PICTURE_RATE_HZ)
    pictures = draw_replay(task, contract.robot, chosen, *PICTURE_SIZE)
    write_bytes(files.parent / f"{task}-{VIDEO}", encode_animation(pictures, rate_hz))


def _chunks(trained: Trained, episode: Episode) -> dict[str, Any]:
    """Tool positions x, y [m] of chunks on the way to noise, (levels, steps, 2), and of sampled ones on the way back,
    (levels, chunks, steps, 2)."""
    import torch

    from midp_ros.learning.dataset import build_dataset
    from midp_ros.learning.diffusion import DiffusionPolicy
    from midp_ros.learning.learned_policy import Asked

    policy = trained.checkpoint.build_policy()
    assert isinstance(policy, DiffusionPolicy)
    contract, dataset = episode.contract, build_dataset([episode])
    window = torch.tensor([len(dataset) // 3])
    observation, action = dataset.observed[window], dataset.predicted[window]
    place = contract.action_slices["tool_position"]
    generator = torch.Generator().manual_seed(FIRST_SEED)

    def positions(chunk: torch.Tensor, seen: torch.Tensor) -> Any:
        plane = policy.decode_action(seen, chunk)[..., place.start : place.start + 2]
        return plane.numpy().round(4).tolist()

    with torch.no_grad():
        clean = policy.encode_action(observation, action)
        noise = torch.randn(DRAWN_CHUNKS, *clean.shape[1:], generator=generator)
        signal, level = policy.schedule.signal, policy.schedule.noise
        there = [positions(signal[t] * clean + level[t] * noise[:1], observation)[0] for t in NOISE_STEPS]
        seen = observation.expand(DRAWN_CHUNKS, -1, -1)
        back = [positions(c, seen) for c in policy.answer(DENOISING_STEPS).chunks(Asked(seen, noise))]
    return {"there": there, "back": [back[0], back[len(back) // 2], back[-1]]}
