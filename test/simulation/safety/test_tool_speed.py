"""The tool's speed against finite differences of its position."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.kinematics import ArmModel
from midp_ros.simulation.safety.tool_speed import tool_speed_violation


@pytest.mark.parametrize(("robot", "limit_m_s"), [("fr3", 3.0), ("panda", 1.7)])
def test_the_first_state_that_is_too_fast(robot, limit_m_s):
    model = ArmModel(robot)
    rng = np.random.default_rng(0)
    trips = 0
    for _ in range(200):
        q = model.profile.ready_rad + rng.uniform(-0.3, 0.3, (5, 7))
        dq = rng.uniform(-1, 1, (5, 7))
        ahead, behind = ([model.forward(row).position_m for row in q + h * dq] for h in (1e-6, -1e-6))
        share = rng.uniform(0.5, 1.1, 5)  # of the limit
        speed_m_s = share * limit_m_s
        dq *= (speed_m_s / np.linalg.norm(np.subtract(ahead, behind) / 2e-6, axis=1))[:, None]
        violation = tool_speed_violation(model, q, dq, "the tool moved at")
        if (share <= 1).all():
            assert violation is None
            continue
        index = int(np.argmax(share > 1))
        assert (violation.index, violation.errors) == (index, {"cartesian_velocity_violation"})
        assert violation.reason == f"the tool moved at {speed_m_s[index]:.4g} m/s; the limit is {limit_m_s:g} m/s"
        trips += 1
    assert 20 < trips < 180


def test_the_wrist_may_turn_the_tool_as_fast_as_its_joint():
    model = ArmModel("fr3")
    turning = np.array([[0, 0, 0, 0, 0, 0, 5.26]])
    assert tool_speed_violation(model, model.profile.ready_rad[None], turning, "the tool moved at") is None
