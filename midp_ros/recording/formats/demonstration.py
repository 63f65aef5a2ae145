"""Episodes with their pictures, as every format reads and writes them; imports core, no ROS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError

Picture: TypeAlias = NDArray[np.uint8]  # (height, width, 3), RGB


@dataclass(frozen=True)
class Camera:
    """The pictures of one camera in one episode, one per control step.

    Attributes:
        frames: reads them anew in order, each (height, width, 3) uint8 in RGB.
    """

    frames: Callable[[], Iterator[Picture]]

    @classmethod
    def of(cls, pictures: NDArray[np.uint8]) -> Camera:
        """Camera of pictures in memory (steps, height, width, 3)."""
        return cls(lambda: iter(pictures))

    def first(self) -> Picture:
        """The first picture."""
        return next(self.frames())

    def array(self) -> NDArray[np.uint8]:
        """All pictures (steps, height, width, 3)."""
        return np.stack(list(self.frames()))


@dataclass(frozen=True)
class Demonstration:
    """An episode and the pictures that its cameras took at its steps.

    Attributes:
        events: time [s] on the episode's clock and text of what was done meanwhile, of a raw bag.
    """

    episode: Episode
    cameras: Mapping[str, Camera] = field(default_factory=dict)
    events: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class DemonstrationSet:
    """A data set in any format, read episode by episode.

    Attributes:
        format: name in `formats.FORMATS`.
        contract: of every episode.
        count: number of episodes.
        cameras: names of the cameras.
        remarks: what the format had no place for, and what was derived instead; a sentence each.
        each: reads the episodes anew, in order.
    """

    format: str
    contract: Contract
    count: int
    cameras: tuple[str, ...]
    remarks: tuple[str, ...]
    each: Callable[[], Iterator[Demonstration]]

    def __iter__(self) -> Iterator[Demonstration]:
        return self.each()

    def __len__(self) -> int:
        return self.count


def require_one_kind(demonstrations: Iterator[Demonstration], contract: Contract) -> Iterator[Demonstration]:
    """Passes demonstrations on as long as their contract and cameras agree; raises at the first that does not."""
    cameras: dict[str, tuple[int, ...]] | None = None
    for demonstration in demonstrations:
        episode = demonstration.episode
        episode.contract.require_match(contract, episode.name, "the set")
        shapes = {name: camera.first().shape for name, camera in demonstration.cameras.items()}
        if cameras is None:
            cameras = shapes
        if shapes != cameras:
            raise FileFormatError(f"{episode.name} has pictures {shapes}, the episodes before it {cameras}")
        yield demonstration
