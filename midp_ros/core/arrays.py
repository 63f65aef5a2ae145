"""Array types; imports numpy only."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]  # vectors and matrices in SI units
Picture = NDArray[np.uint8]  # (height, width, 3), red, green, blue
Pictures = NDArray[np.uint8]  # (steps or observed, height, width, 3)


class EpisodePictures(Protocol):
    """Pictures of an episode (steps, height, width, 3): an array, or what becomes one where it is asked for."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, steps: Any, /) -> Any:
        """The picture of a step, or those of several steps."""

    def __array__(self) -> Any: ...
