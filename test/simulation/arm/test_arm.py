"""The arm's dynamics: impedance, gravity, external forces and load, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from midp_ros.kinematics import ArmDynamics, ArmModel
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.engine import Engine

FORCE = np.array([4.0, -3.0, 6.0, 0.2, -0.1, 0.15])


@pytest.fixture(scope="module", params=["fr3", "panda"])
def parts(request):
    model = ArmModel(request.param)
    return Engine(), model, ArmDynamics(model.profile)


@pytest.fixture
def arm(parts):
    engine, model, dynamics = parts
    engine.clear()
    dynamics.set_load(0.0, np.zeros(3), np.zeros((3, 3)))
    return Arm(engine, engine.add_urdf(model.profile.urdf_path), model, dynamics)


def pass_time(engine, arm, milliseconds, desired=None):
    target = arm.desired_rad if desired is None else desired
    for _ in range(milliseconds):
        arm.drive(target, np.zeros(7), np.zeros(7))
        engine.step()
        arm.read()


def test_gravity_is_compensated_and_the_sensors_feel_nothing(parts, arm):
    before = arm.position_rad
    pass_time(parts[0], arm, 1000)
    np.testing.assert_allclose(arm.position_rad, before, atol=3e-4)
    assert np.abs(arm.external_nm).max() < 1e-3, "Bullet's arm weighs what the model's does"


@pytest.mark.parametrize("dry", [True, False])
def test_friction_holds_an_arm_that_only_its_weight_is_taken_from(parts, arm, dry):
    """As for zero torques through FCI, with a load that the robot does not know of."""
    engine, model, dynamics = parts
    arm.set_friction(model.profile.friction_nm if dry else None)
    arm.wrench = np.array([0.0, 0.0, -0.3, 0.0, 0.0, 0.0])
    before = arm.position_rad
    for _ in range(500):
        arm.apply(dynamics.torque(arm.position_rad, np.zeros(7), np.zeros(7)).tolist())
        engine.step()
        arm.read()
    moved = np.abs(arm.position_rad - before).max()
    assert moved < 1e-3 if dry else moved > 0.02


def test_a_step_is_reached_without_lasting_error(parts, arm):
    goal = arm.position_rad + 0.1
    pass_time(parts[0], arm, 1500, goal)
    np.testing.assert_allclose(arm.position_rad, goal, atol=5e-4)
    assert np.abs(arm.velocity_rad_s).max() < 1e-3


def test_a_force_at_the_tool_is_felt_and_yielded_to_by_the_stiffness(parts, arm):
    engine, model, _ = parts
    pass_time(engine, arm, 500)
    rest, felt_before = arm.position_rad, arm.external_nm
    arm.wrench = FORCE
    pass_time(engine, arm, 3000)
    expected_nm = model.jacobian(arm.position_rad).T @ FORCE
    np.testing.assert_allclose(felt_before - arm.external_nm, expected_nm, atol=0.02)
    sprung_nm = model.profile.stiffness_nm_rad * (arm.position_rad - rest)
    np.testing.assert_allclose(sprung_nm, expected_nm, rtol=0.02, atol=0.02)


def test_external_torque_follows_a_force_while_the_arm_moves(parts, arm):
    engine, model, _ = parts
    start, time_s = arm.position_rad, np.arange(1, 1001)[:, None] / 1000
    amplitude, omega = 0.2, 2 * np.pi
    path = start + amplitude * (1 - np.cos(omega * time_s)) / 2
    velocity = np.broadcast_to(amplitude * omega * np.sin(omega * time_s) / 2, path.shape)
    acceleration = np.broadcast_to(amplitude * omega**2 * np.cos(omega * time_s) / 2, path.shape)
    for i, told in enumerate(zip(path, velocity, acceleration, strict=True)):
        arm.wrench = FORCE if i >= 500 else None
        arm.drive(*told)
        engine.step()
        arm.read()
        if i == 499:
            assert np.abs(arm.external_nm).max() < 0.3, "motion alone is not a force"
    # The filter's 10 ms are all that the estimate lags behind; the arm moves slowly here.
    np.testing.assert_allclose(arm.external_nm, -model.jacobian(arm.position_rad).T @ FORCE, atol=0.4)


def test_a_load_that_the_controller_knows_is_carried_without_error(parts, arm):
    engine, model, dynamics = parts
    mass_kg = 1.5
    pass_time(engine, arm, 200)
    rest = arm.position_rad
    flange = model.flange(rest)
    centre_m = flange.rotation.T @ (model.forward(rest).position_m - flange.position_m)  # hangs at the tool
    arm.wrench = np.array([0.0, 0.0, -9.81 * mass_kg, 0.0, 0.0, 0.0])
    pass_time(engine, arm, 2000)
    sagged = rest - arm.position_rad
    assert np.abs(arm.external_nm).max() > 5.0, "an unknown load is felt"
    dynamics.set_load(mass_kg, centre_m, np.zeros((3, 3)))
    pass_time(engine, arm, 2000, rest)
    assert np.abs(arm.position_rad - rest).max() < 0.02 * np.abs(sagged).max()
    assert np.abs(arm.external_nm).max() < 0.2


def test_torques_stay_within_the_limits(parts, arm):
    engine, model, _ = parts
    goal = arm.position_rad + np.array([2.0, 1.0, -2.0, 1.5, 2.0, 1.0, -2.0])
    largest = np.zeros(7)
    for _ in range(300):
        arm.drive(goal, np.zeros(7), np.zeros(7))
        largest = np.maximum(largest, np.abs(arm.torque_nm))
        engine.step()
        arm.read()
    assert (largest <= model.profile.torque_max_nm).all()
    assert (largest == model.profile.torque_max_nm).any(), "such a step takes all there is"


def test_the_guided_arm_follows_the_hand_and_stays_within_its_joints(parts, arm):
    engine, model, _ = parts
    start = model.forward(arm.position_rad)
    for i in range(6000):
        arm.wrench = np.array([0.0, 15.0, 0.0, 0, 0, 0]) if i < 4000 else None
        arm.yield_to_force()
        engine.step()
        arm.read()
        profile = model.profile
        assert (arm.position_rad > profile.position_min_rad - 0.05).all()
        assert (arm.position_rad < profile.position_max_rad + 0.05).all()
    moved_m = model.forward(arm.position_rad).position_m - start.position_m
    assert np.linalg.norm(moved_m) > 0.1


def test_stiffness_beyond_what_1_khz_bears_is_bounded(parts, arm):
    engine, *_ = parts
    arm.set_stiffness(np.full(7, 1e6))
    goal = arm.position_rad + 0.02
    pass_time(engine, arm, 1500, goal)
    assert np.abs(arm.velocity_rad_s).max() < 1e-2, "it does not swing"
    np.testing.assert_allclose(arm.position_rad, goal, atol=1e-3)


def test_the_hand_s_inertia_is_the_sum_of_its_bodies(parts):
    mass_kg, centre_m, inertia = parts[2].hand()
    hand_kg, finger_kg, finger_height_m = 0.73, 0.03, 0.0584 + 0.03  # urdf/fr3.urdf
    assert mass_kg == pytest.approx(hand_kg + 2 * finger_kg)
    centre_z_m = (hand_kg * 0.03 + 2 * finger_kg * finger_height_m) / mass_kg
    np.testing.assert_allclose(centre_m, [0.0, 0.0, centre_z_m], atol=1e-9)
    about_z = 0.002 + 2 * (0.0001 + finger_kg * 0.02**2)  # half open, each finger 2 cm beside the axis
    assert inertia[2, 2] == pytest.approx(about_z)


def test_a_stretched_arm_does_not_swing_by_the_integration_of_its_damping(parts, arm):
    """Upright, joint 3 turns 0.027 kg m^2: its damping of 50 Nm s/rad at 1 kHz swung it at 3 rad/s, unasked."""
    engine, stretched_rad = parts[0], np.array([-0.54, -0.01, -1.23, -0.18, 1.33, 1.39, -0.01])
    arm.place(stretched_rad)
    fastest_rad_s = 0.0
    for millisecond in range(1, 301):
        speed = 0.3 * min(1.0, millisecond / 100) * np.eye(7)[2]
        arm.drive(arm.desired_rad + 1e-3 * speed, speed, np.zeros(7))
        engine.step()
        arm.read()
        fastest_rad_s = max(fastest_rad_s, np.abs(arm.velocity_rad_s).max())
    assert fastest_rad_s < 0.35


def test_the_quick_look_at_the_inertia_decides_as_the_eigenvalues_do(parts, arm, monkeypatch):
    _, model, _ = parts
    low, high = model.profile.position_min_rad, model.profile.position_max_rad
    straight = np.zeros_like(low).clip(low, high)
    gains = []
    for quick in (True, False):
        if not quick:
            monkeypatch.setattr("midp_ros.simulation.arm.arm.is_positive_definite", lambda _: False)
        for position_rad in (straight, *np.random.default_rng(0).uniform(low, high, (200, len(low)))):
            arm.place(position_rad)
            arm._steady()
            gains.append(arm._gains)
    assert gains[:201] == gains[201:]
    assert gains[0] != arm._full_gains and gains.count(arm._full_gains) > 200
