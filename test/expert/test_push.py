"""Pushing: the sliding model agrees with its equations, and the expert brings the block home."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.package_files import package_path
from midp_ros.expert import ToolDisturbance, make_expert
from midp_ros.expert.quasi_static_pushing import FRICTION, OUTLINE_M, RADIUS_M, STROKES_M, contact_twist, pushes
from midp_ros.simulation import Simulation, rollout
from midp_ros.simulation.tasks.push import BOXES


def test_the_outline_is_the_blocks():
    following = np.roll(OUTLINE_M, -1)
    area_m2 = 0.5 * (OUTLINE_M.conj() * following).imag.sum()
    assert np.isclose(area_m2, sum(4 * half[0] * half[1] for half, _ in BOXES))
    corners = {complex(c[0] + a * h[0], c[1] + b * h[1]) for h, c in BOXES for a in (-1, 1) for b in (-1, 1)}
    assert all(min(abs(corner - c) for c in corners) < 1e-12 for corner in OUTLINE_M)


def test_a_contact_that_sticks_moves_the_block_with_the_least_effort():
    """Of all twists that move the contact so, friction takes the one of least power: a weighted pseudo-inverse."""
    for x, y in [(0.02, 0.01), (0.03, -0.02), (-0.05, 0.0), (0.0, 0.03)]:
        velocity, rate = contact_twist(np.array([complex(x, y)]), np.array([1.0 + 0j]))
        contact = np.array([[1.0, 0.0, -y / RADIUS_M], [0.0, 1.0, x / RADIUS_M]])  # of (vx, vy, RADIUS_M * rate)
        twist = np.linalg.pinv(contact) @ [1.0, 0.0]
        np.testing.assert_allclose([velocity[0].real, velocity[0].imag, RADIUS_M * rate[0]], twist, atol=1e-12)


def test_every_contact_follows_the_finger_within_the_friction_cone():
    p = pushes()
    velocity, rate = contact_twist(p.point_m, p.inward)
    at_contact = (velocity + 1j * rate * p.point_m) / p.inward  # in axes along the normal
    np.testing.assert_allclose(at_contact.real, 1.0)
    force = velocity / p.inward
    assert (np.abs(force.imag) <= FRICTION * force.real + 1e-12).all()
    moment = (p.point_m.conj() * velocity).imag
    np.testing.assert_allclose(rate * RADIUS_M**2, moment, atol=1e-12)
    assert rate.min() < -3.0 and rate.max() > 3.0, "it can be turned both ways"


def test_strokes_are_what_small_steps_add_up_to():
    p = pushes()
    velocity, rate = contact_twist(p.point_m, p.inward)
    place, turn = np.zeros(len(rate), complex), np.zeros(len(rate))
    step_m = STROKES_M[-1] / 4000
    for _ in range(4000):
        place = place + step_m * velocity * np.exp(1j * (turn + 0.5 * step_m * rate))
        turn = turn + step_m * rate
    np.testing.assert_allclose(p.shift_m[:, -1], place, atol=1e-7)
    np.testing.assert_allclose(p.turn_rad[:, -1], turn, atol=1e-9)


@pytest.mark.slow
def test_the_expert_brings_the_block_home():
    contract = Contract.load(package_path("config", "contracts", "push.yaml"))
    simulation, expert = Simulation("push"), make_expert("push", contract)
    plain = [rollout(simulation, expert, seed) for seed in range(5)]
    shaken = [rollout(simulation, expert, seed, disturbance=ToolDisturbance(contract)) for seed in range(10, 13)]
    failed = [r.seed for r in plain + shaken if not r.success]
    assert len(failed) <= 1, f"failed seeds: {failed}"
    assert np.std([r.duration_s for r in plain]) > 0.5
    again = rollout(simulation, expert, 3)
    np.testing.assert_array_equal(again.desired_rad, plain[3].desired_rad)
