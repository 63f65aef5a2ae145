"""Wilson's interval against its definition: the shares at which the observed one lies z standard errors away."""

import pytest

from midp_ros.core.statistics import wilson_interval


@pytest.mark.parametrize("successes, trials", [(0, 10), (3, 10), (10, 10), (97, 100), (199, 200)])
def test_the_ends_lie_z_standard_errors_from_what_was_observed(successes, trials):
    observed = successes / trials
    for share in wilson_interval(successes, trials, z=1.96):
        assert (observed - share) ** 2 == pytest.approx(1.96**2 * share * (1 - share) / trials, abs=1e-12)


def test_it_stays_within_zero_and_one():
    assert wilson_interval(0, 5)[0] == pytest.approx(0.0, abs=1e-12)
    assert wilson_interval(5, 5)[1] == pytest.approx(1.0, abs=1e-12)
    assert all(0.0 <= end <= 1.0 for k in range(6) for end in wilson_interval(k, 5))
