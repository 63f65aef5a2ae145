"""Robot profiles: values from Franka's documentation, and refusal of bad ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from midp_ros.core.errors import FileFormatError
from midp_ros.kinematics import RobotProfile

PROFILES = {name: RobotProfile.load(name) for name in ("fr3", "panda")}


@pytest.mark.parametrize("name", PROFILES)
def test_velocity_ranges_of_many_positions_are_those_of_each(name):
    profile = PROFILES[name]
    rng = np.random.default_rng(0)
    positions = rng.uniform(profile.position_min_rad - 0.2, profile.position_max_rad + 0.2, (50, 7))
    low, high = profile.velocity_range(positions)
    assert low.shape == high.shape == (50, 7)
    for row, position in enumerate(positions):
        one_low, one_high = profile.velocity_range(position)
        assert one_low.shape == one_high.shape == (7,)
        np.testing.assert_array_equal(low[row], one_low)
        np.testing.assert_array_equal(high[row], one_high)


def test_a_panda_s_velocity_range_is_the_same_everywhere():
    low, high = PROFILES["panda"].velocity_range(np.full((3, 7), 2.8))
    np.testing.assert_array_equal(high, [[2.175] * 4 + [2.61] * 3] * 3)
    np.testing.assert_array_equal(low, -high)
    high[:] = 0.0
    assert PROFILES["panda"].velocity_max_rad_s[0] == 2.175, "the answer is the caller's own"


def test_an_fr3_s_velocity_range_is_a_mirror_image():
    profile = PROFILES["fr3"]
    middle = (profile.velocity_position_min_rad + profile.velocity_position_max_rad) / 2
    away = np.linspace(0, 1, 20)[:, None] * (profile.velocity_position_max_rad - middle)
    low, high = profile.velocity_range(middle - away)[0], profile.velocity_range(middle + away)[1]
    np.testing.assert_allclose(low, -high, atol=1e-12)
    assert (np.diff(high, axis=0) <= 0).all() and (high[0] > 0).all() and (high[-1] == 0).all()


@pytest.mark.parametrize(("name", "speed_m_s"), [("fr3", 3.0), ("panda", 1.7)])
def test_limits_of_the_reflexes(name, speed_m_s):
    profile = PROFILES[name]
    assert profile.tool_speed_max_m_s == speed_m_s
    assert profile.torque_rate_max_nm_s.tolist() == [1000.0] * 7
    assert (profile.contact_torque_nm < profile.collision_torque_nm).all()
    assert profile.contact_wrench.shape == profile.collision_wrench.shape == (6,)


@pytest.mark.parametrize(
    ("field", "value", "size"),
    [("collision_wrench", np.ones(7), 6), ("collision_torque_nm", np.ones(6), 7), ("contact_wrench", [np.nan] * 6, 6)],
)
def test_a_wrong_number_of_values_is_refused(field, value, size):
    with pytest.raises(FileFormatError, match=f"robot 'fr3': {field} must be {size} finite numbers"):
        replace(PROFILES["fr3"], **{field: np.asarray(value)})
