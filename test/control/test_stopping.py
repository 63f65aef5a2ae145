"""Coming to rest within an acceleration limit."""

import numpy as np

from midp_ros.control import stopping_trajectory


def test_it_brakes_to_rest_within_the_limit():
    position, velocity = np.linspace(-1, 1, 7), np.array([1.0, -2.0, 0.5, 0.0, 2.0, -0.1, 0.3])
    stop = stopping_trajectory(3.0, position, velocity, deceleration_rad_s2=5.0)
    times = np.arange(3.0, 3.6, 1e-4)
    positions, velocities = (np.stack(c) for c in zip(*(stop.sample(t) for t in times), strict=True))
    np.testing.assert_allclose(positions[0], position)
    np.testing.assert_allclose(velocities[0], velocity)
    acceleration = np.diff(velocities, axis=0) / 1e-4
    assert np.abs(acceleration).max() < 5.0 * 1.01
    assert not velocities[-1].any() and (positions[-1] == positions[-2]).all()
    numeric = np.diff(positions, axis=0) / 1e-4
    np.testing.assert_allclose(numeric, velocities[1:], atol=2e-3)


def test_at_rest_it_stays():
    stop = stopping_trajectory(0.0, np.ones(7), np.zeros(7))
    np.testing.assert_array_equal(stop.sample(1.0)[0], np.ones(7))
