"""Two loads as one, against pinocchio."""

import numpy as np
import pinocchio as pin

from midp_ros.simulation.arm.arm_state import RigidLoad
from midp_ros.simulation.arm.combined_load import combined


def test_it_agrees_with_pinocchio():
    rng = np.random.default_rng(0)
    loads, inertias = [], []
    for _ in range(2):
        body = pin.Inertia.Random()
        centre_m = rng.normal(size=3)
        loads.append(RigidLoad(body.mass, centre_m, body.inertia.copy()))
        inertias.append(pin.Inertia(body.mass, centre_m, body.inertia))
    total, expected = combined(*loads), inertias[0] + inertias[1]
    assert np.isclose(total.mass_kg, expected.mass)
    np.testing.assert_allclose(total.centre_m, expected.lever)
    np.testing.assert_allclose(total.inertia_kg_m2, expected.inertia, atol=1e-12)


def test_nothing_and_nothing_is_nothing():
    assert combined(RigidLoad(), RigidLoad()).mass_kg == 0.0
