"""Animations and picture sequences of an episode; imports numpy and Pillow."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from midp_ros.core.files.output import write_bytes

Picture = NDArray[np.uint8]


def encode_animation(pictures: Sequence[Picture], rate_hz: float) -> bytes:
    """A GIF that plays in real time and stops for a moment at its last picture."""
    images = [Image.fromarray(p).convert("P", palette=Image.Palette.ADAPTIVE, colors=96) for p in pictures]
    durations_ms = [round(1000 / rate_hz)] * (len(images) - 1) + [1500]
    content = io.BytesIO()
    images[0].save(
        content, "GIF", save_all=True, append_images=images[1:], duration=durations_ms, loop=0, optimize=True
    )
    return content.getvalue()


def save_animation(pictures: Sequence[Picture], path: Path, rate_hz: float) -> None:
    """Writes `encode_animation`'s GIF; raises OutputError."""
    write_bytes(path, encode_animation(pictures, rate_hz))


def save_sequence(pictures: Sequence[Picture], path: Path, columns: int = 5) -> None:
    """Writes a PNG of pictures spread evenly over the episode, side by side; raises OutputError."""
    chosen = [pictures[i] for i in np.linspace(0, len(pictures) - 1, columns).round().astype(int)]
    content = io.BytesIO()
    Image.fromarray(np.concatenate(chosen, axis=1)).save(content, "PNG")
    write_bytes(path, content.getvalue())


def thinned(columns: Mapping[str, Any], step_s: float, rate_hz: float) -> tuple[dict[str, Any], float]:
    """Columns of observations with at most so many rows a second, the last row included, and their rate [Hz]."""
    every = max(1, round(1 / (rate_hz * step_s)))
    count = len(next(iter(columns.values())))
    kept = sorted({*range(0, count, every), count - 1})
    return {name: [values[i] for i in kept] for name, values in columns.items()}, 1 / (every * step_s)
