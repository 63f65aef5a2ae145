"""Array types; imports numpy only."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]  # vectors and matrices in SI units
Picture = NDArray[np.uint8]  # (height, width, 3), red, green, blue
Pictures = NDArray[np.uint8]  # (steps or observed, height, width, 3)
