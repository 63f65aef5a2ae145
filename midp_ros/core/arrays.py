"""Array types; imports numpy only."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]  # vectors and matrices in SI units
