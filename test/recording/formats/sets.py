"""Sets of random episodes, with and without pictures, for the tests of the formats."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.recording.formats.demonstration import Camera, Demonstration

CONTRACTS = Path(__file__).parents[3] / "config" / "contracts"


def contract(skill: str = "pick") -> Contract:
    """A contract of this package."""
    return Contract.load(CONTRACTS / f"{skill}.yaml")


def episode(seed: int, steps: int = 30, skill: str = "pick") -> Episode:
    """An episode of random numbers, whose times waver as those of a real recording."""
    agreed, rng = contract(skill), np.random.default_rng(seed)
    wavering = np.round(1.7e9 + seed + np.arange(steps) / agreed.rate_hz + rng.uniform(0, 0.01, steps), 9)
    return Episode(
        agreed,
        wavering,
        rng.normal(size=(steps, agreed.observation_size)),
        rng.normal(size=(steps, agreed.action_size)),
        {"task": f"{skill} {seed % 2}", "seed": seed, "success": seed % 3 != 0, "segments": [{"label": "teleop"}]},
        f"episode {seed}",
    )


def pictures(seed: int, steps: int, height: int = 32, width: int = 48) -> np.ndarray:
    """Smooth pictures (steps, height, width, 3), each other than the rest."""
    y, x = np.mgrid[0:height, 0:width]
    shown = [np.stack([4 * x, 6 * y, np.full_like(x, 7 * k + seed)], -1) for k in range(steps)]
    return (np.stack(shown) % 256).astype(np.uint8)


def demonstrations(count: int = 3, cameras: tuple[str, ...] = ()) -> Iterator[Demonstration]:
    """Episodes of different lengths."""
    for seed in range(count):
        steps = 20 + 3 * seed
        shown = {name: Camera.of(pictures(seed + i, steps)) for i, name in enumerate(cameras)}
        yield Demonstration(episode(seed, steps), shown)


def assert_same(back: Episode, original: Episode) -> None:
    """Bit for bit."""
    assert back.contract == original.contract and back.info == original.info
    for name in ("time_s", "observation", "action"):
        assert getattr(back, name).tobytes() == getattr(original, name).tobytes(), name
