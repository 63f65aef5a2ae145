"""What the arm tells of outer forces: against least squares by another way."""

import numpy as np
import pytest

from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.state_report import external_wrench, jacobian_at


@pytest.fixture(scope="module")
def simulation():
    return Simulation("reach")


@pytest.mark.parametrize("seed", range(5))
def test_the_wrench_explains_the_external_torques_best(simulation, seed):
    rng, arm, model = np.random.default_rng(seed), simulation.arm, simulation.model
    mounting, profile = simulation.robot.settings.mounting, model.profile
    arm.position_rad = rng.uniform(profile.position_min_rad, profile.position_max_rad)
    arm.external_nm = rng.normal(0, 5, 7)
    offset_m = (model.flange(arm.position_rad) @ mounting.stiffness_in_flange).position_m
    offset_m = offset_m - model.forward(arm.position_rad).position_m
    jacobian = jacobian_at(model.jacobian(arm.position_rad), offset_m)
    best = np.linalg.lstsq(jacobian.T, arm.external_nm, rcond=None)[0]
    np.testing.assert_allclose(external_wrench(arm, model, mounting), best, rtol=1e-5, atol=1e-6)
