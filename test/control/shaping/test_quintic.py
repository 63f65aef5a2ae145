"""Maps of quintics against numpy's polynomials."""

import numpy as np
import pytest

from midp_ros.control.shaping.quintic import control_point_maps, state_map

DURATION_S = 0.37


def ends(polynomial):
    derivatives = [polynomial, polynomial.deriv(1), polynomial.deriv(2)]
    return np.array([[d(t)] for t in (0.0, DURATION_S) for d in derivatives])


@pytest.mark.parametrize("seed", range(5))
def test_states_on_the_way_are_those_of_the_quintic(seed):
    polynomial = np.polynomial.Polynomial(np.random.default_rng(seed).normal(size=6))
    for time_s in (0.0, 0.1, DURATION_S):
        expected = [polynomial.deriv(k)(time_s) if k else polynomial(time_s) for k in range(4)]
        np.testing.assert_allclose((state_map(DURATION_S, time_s) @ ends(polynomial))[:, 0], expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(20))
def test_the_motion_stays_between_its_control_points(seed):
    polynomial = np.polynomial.Polynomial(np.random.default_rng(seed).normal(size=6))
    times_s = np.linspace(0, DURATION_S, 200)
    for order, points in enumerate(control_point_maps(DURATION_S)):
        values = polynomial.deriv(order)(times_s) if order else polynomial(times_s)
        bounds = points @ ends(polynomial)
        assert bounds.min() - 1e-9 <= values.min() and values.max() <= bounds.max() + 1e-9
        np.testing.assert_allclose(bounds[[0, -1], 0], values[[0, -1]], atol=1e-8)  # and they touch at the ends


def test_of_a_cubic_the_jerks_control_points_are_its_jerk():
    cubic = np.polynomial.Polynomial([1.0, -2.0, 0.5, 3.0])
    np.testing.assert_allclose(control_point_maps(DURATION_S)[3] @ ends(cubic), 18.0)
