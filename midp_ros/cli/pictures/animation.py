"""Animations and picture sequences of an episode; imports Pillow."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]


def save_animation(pictures: Sequence[Picture], path: Path, rate_hz: float) -> None:
    """Writes a GIF that plays in real time and rests on its last picture."""
    images = [Image.fromarray(p).convert("P", palette=Image.Palette.ADAPTIVE, colors=96) for p in pictures]
    durations_ms = [round(1000 / rate_hz)] * (len(images) - 1) + [1500]
    path.parent.mkdir(parents=True, exist_ok=True)
    images[0].save(path, save_all=True, append_images=images[1:], duration=durations_ms, loop=0, optimize=True)


def save_sequence(pictures: Sequence[Picture], path: Path, columns: int = 5) -> None:
    """Writes a PNG of pictures spread evenly over the episode, side by side."""
    chosen = [pictures[i] for i in np.linspace(0, len(pictures) - 1, columns).round().astype(int)]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(chosen, axis=1)).save(path)
