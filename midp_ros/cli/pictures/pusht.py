"""Pictures of a Push-T policy: chunks between noise and action over the scene; imports learning, pusht, matplotlib."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from midp_ros.cli.pictures.denoising_trace import decode, denoising_trace
from midp_ros.core.arrays import Array
from midp_ros.core.files.output import writing
from midp_ros.learning.config import DiffusionConfig
from midp_ros.learning.diffusion import SCHEDULES
from midp_ros.pusht.environment import SCENE_PX
from midp_ros.pusht.evaluation import RunningEpisode, next_chunks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from midp_ros.inference.onnx_policy import OnnxPolicy

Picture = NDArray[np.uint8]

SAMPLES = 12  # chunks drawn at once: they show what the policy hesitates between
PANELS = 6


def episode_pictures(policy: OnnxPolicy, seed: int) -> tuple[list[Picture], float]:
    """The scene at every step of a seed's episode, and the largest reward of it."""
    episode = RunningEpisode(policy.contract, seed)
    environment = episode.environment
    pictures = [environment.picture()]
    while not environment.done:
        (chunk,) = next_chunks(policy, [episode])
        episode.execute(chunk, lambda: pictures.append(environment.picture()))
    return pictures, environment.max_reward


def save_denoising(policy: OnnxPolicy, seed: int, chunks_before: int, path: Path) -> None:
    """Draws the forward noising of one chunk, and the reverse denoising of several from noises of their own.

    Args:
        chunks_before: how many chunks of the seed's episode are executed first.
        path: the picture's file; its suffix determines the format.
    """
    episode = RunningEpisode(policy.contract, seed)
    for _ in range(chunks_before):
        (chunk,) = next_chunks(policy, [episode])
        episode.execute(chunk)
    window = np.repeat(episode.window()[None], SAMPLES, axis=0)
    noise = np.stack([episode.noise() for _ in range(SAMPLES)])
    draws = policy.fresh_draws
    fresh = np.stack([episode.noise(draws) for _ in range(SAMPLES)]) if draws else None
    trace = denoising_trace(policy, window, noise, fresh)  # (sampling steps + 1, SAMPLES, predicted, action_size)
    shown = np.linspace(0, len(trace) - 1, PANELS).round().astype(int)
    settings = DiffusionConfig(**policy.card.config["diffusion"])
    schedule = SCHEDULES[settings.method](settings.steps)
    steps = [*schedule.sampling_steps(policy.card.sampling_steps), -1]  # -1: clean

    def noised(step: int) -> Array:
        signal_t, noise_t = schedule.levels(step)
        return signal_t * trace[-1, :1] + noise_t * noise[:1]

    rows = {
        "noising": [(steps[i], noised(steps[i])) for i in shown[::-1]],
        "denoising": [(steps[i], trace[i]) for i in shown],
    }
    figure = Figure(figsize=(3 * PANELS, 6.6), layout="constrained")
    for (name, panels), axes in zip(rows.items(), figure.subplots(2, PANELS), strict=True):
        for (step, chunks), axis in zip(panels, axes, strict=True):
            _draw(axis, episode.environment.picture(), decode(policy, window[: len(chunks)], chunks))
            axis.set_title(f"{name}: " + (f"noise step {step}" if step >= 0 else "clean"))
    with writing(path) as file:
        figure.savefig(file, format=path.suffix.removeprefix(".") or "png", dpi=80)


def _draw(axis: Axes, picture: Picture, chunks: Array) -> None:
    """Chunks (n, predicted, 2) [px] over the scene, dark where they begin."""
    axis.imshow(picture, extent=(0, SCENE_PX, SCENE_PX, 0), alpha=0.6)
    order = np.linspace(0.0, 1.0, chunks.shape[1])
    for chunk in chunks:
        x_px, y_px = chunk.T
        axis.plot(x_px, y_px, color="tab:gray", linewidth=0.6, alpha=0.6)
        axis.scatter(x_px, y_px, c=order, cmap="plasma", s=9, zorder=3)
    axis.set(xlim=(0, SCENE_PX), ylim=(SCENE_PX, 0), xticks=[], yticks=[])
