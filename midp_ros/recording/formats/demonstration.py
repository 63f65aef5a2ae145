"""Episodes with their pictures, as every format reads and writes them; imports core, no ROS."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.observations.image_reader import fitted
from midp_ros.core.arrays import EpisodePictures
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


class CameraPictures:
    """A camera's pictures as an episode's images: cut and resized to the contract's shape where they are asked for."""

    def __init__(self, camera: Camera, steps: int, shape: tuple[int, ...]):
        self._camera, self.shape = camera, (steps, *shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, steps: Any) -> Any:
        """The picture of a step, or those of several steps."""
        return np.asarray(self)[steps]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        size = self.shape[1], self.shape[2]
        pictures = np.stack([fitted(picture, size) for picture in self._camera.frames()])
        return pictures if dtype is None else pictures.astype(dtype, copy=False)


def images_of(contract: Contract, cameras: Mapping[str, Camera], steps: int) -> dict[str, CameraPictures]:
    """The images of a contract that a set's cameras show, by name; those without a camera are left out."""
    shown = [image for image in contract.images if image.name in cameras]
    return {image.name: CameraPictures(cameras[image.name], steps, image.shape) for image in shown}


def own_cameras(episode: Episode) -> dict[str, Camera]:
    """An episode's images as cameras."""
    return {name: Camera(partial(_one_by_one, pictures)) for name, pictures in episode.images.items()}


def _one_by_one(pictures: EpisodePictures) -> Iterator[Picture]:
    return (np.asarray(pictures[step]) for step in range(len(pictures)))


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
