"""`midp plot`: pictures of what a Push-T policy does."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Subject(str, Enum):
    """What can be drawn."""

    denoising = "denoising"
    episode = "episode"


def plot(
    subject: Annotated[Subject, typer.Argument(help="denoising: chunks from noise to action; episode: an animation.")],
    model: Annotated[Path, typer.Argument(help="ONNX model of `pusht`.")],
    out: Annotated[Path | None, typer.Option(help="Picture to write; by default under out/.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the episode.")] = 100000,
    chunks_before: Annotated[int, typer.Option(min=0, help="denoising: chunks that are executed before.")] = 3,
) -> None:
    """Draw a policy's chunks between noise and action over the scene, or animate an episode."""
    from rich.console import Console

    from midp_ros.cli.evaluation.pusht_episodes import load_policy
    from midp_ros.cli.pictures.animation import save_animation
    from midp_ros.cli.pictures.pusht import episode_pictures, save_denoising

    policy = load_policy(model)
    if subject is Subject.denoising:
        path = out or Path("out") / f"{model.stem}_denoising.png"
        save_denoising(policy, seed, chunks_before, path)
        said = str(path)
    else:
        path = out or Path("out") / f"{model.stem}_{seed}.gif"
        pictures, max_reward = episode_pictures(policy, seed)
        save_animation(pictures, path, policy.contract.rate_hz)
        said = f"{path}: {len(pictures) - 1} steps, largest reward {max_reward:.3f}"
    Console().print(said, highlight=False, soft_wrap=True)
