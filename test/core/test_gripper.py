"""The binary gripper and its hysteresis."""

from __future__ import annotations

import pytest

from midp_ros.core.gripper import BinaryGripper


def test_hysteresis():
    gripper = BinaryGripper(0.08, 0.08)
    widths = [0.08, 0.05, 0.035, 0.031, 0.045, 0.047, 0.049, 0.02]
    assert [gripper.update(w) for w in widths] == [0.08, 0.08, 0.08, 0.0, 0.0, 0.0, 0.08, 0.0]


def test_it_starts_as_it_is():
    assert BinaryGripper(0.01, 0.08).update(0.04) == 0.0
    assert BinaryGripper(0.07, 0.08).update(0.04) == 0.08


def test_thresholds_must_be_in_order():
    with pytest.raises(ValueError, match="close_below < open_above"):
        BinaryGripper(0.0, 0.08, close_below=0.6, open_above=0.4)
