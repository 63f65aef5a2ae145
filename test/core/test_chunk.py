"""Action chunks."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.chunk import ActionChunk


def test_a_slice_keeps_its_times():
    chunk = ActionChunk(np.arange(8.0)[:, None], time_s=3.0, step_s=0.1)
    part = chunk.slice(2, 5)
    assert len(part) == 3 and part.time_s == pytest.approx(3.2) and part.actions[0] == 2.0
