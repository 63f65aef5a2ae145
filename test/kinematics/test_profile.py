"""Robot profiles: values from Franka's documentation, and refusal of bad ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import yaml

from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.package_files import package_path
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.kinematics.clearance import Clearance
from midp_ros.kinematics.self_collision import SelfCollision

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


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_between_the_positions_of_a_speed_every_joint_may_move_at_it(name):
    profile = PROFILES[name]
    for position in profile.positions_of_speed(0.25):
        low, high = profile.velocity_range(position)
        assert (np.minimum(-low, high) >= 0.25 * profile.velocity_max_rad_s - 1e-9).all()
        assert (position >= profile.position_min_rad).all() and (position <= profile.position_max_rad).all()


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


SHIPPED = package_path("config", "robots", "fr3.yaml")


def changed(tmp_path, **changes):
    """A profile's file anywhere, with keys changed, and left out where the value is None."""
    data = {**yaml.safe_load(SHIPPED.read_text()), **changes}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({key: value for key, value in data.items() if value is not None}))
    return path


def test_a_profile_may_lie_anywhere_with_its_urdf_beside_it_or_here(tmp_path):
    path = changed(tmp_path, name="mine", robot_type="fr3")
    profile = RobotProfile.load(path)
    assert (profile.name, profile.own_type, profile.joints) == ("mine", "fr3", 7)
    assert profile.urdf_path == package_path("urdf", "fr3.urdf")
    (tmp_path / "fr3.urdf").write_text("<robot/>")
    assert RobotProfile.load(str(path)).urdf_path == tmp_path / "fr3.urdf"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"redy_rad": [0.0] * 7}, "robot profile: unknown key 'redy_rad'; known: .*; did you mean 'ready_rad'"),
        ({"ready_rad": None}, "robot profile lacks 'ready_rad'"),
        ({"ready_rad": "here"}, "ready_rad: got 'here', need a list of numbers"),
        ({"ready_rad": [0.0, "x"]}, r"ready_rad\[1\]: got 'x', need a finite number"),
        ({"tool_speed_max_m_s": [1]}, r"tool_speed_max_m_s: got \[1\], need a finite number"),
        ({"ready_rad": [0.0] * 6}, "ready_rad must be 7 finite numbers"),
        ({"elbow": {"position_joint": 3, "sign_joint": 9, "flip_rad": 0.0}}, "elbow names joint 9 of 7"),
        ({"volumes": {"safety_distance_m": 0.03}}, "volumes lacks 'capsules'"),
        ({"volumes": {"safety_distance_m": 0.0, "capsules": [], "pairs": {"link0": []}}}, "no capsule of 'link0'"),
        ({"volumes": {"safety_distance_m": 0.0, "capsules": [{
            "link": "a", "centre_m": [0, 0, 0], "axis": "w", "radius_m": 1, "length_m": 1}]}},
         "capsule of 'a': axis must be x, y or z, got 'w'"),
    ],
)  # fmt: skip
def test_a_profile_that_is_wrong_is_refused_with_the_file_and_the_key(tmp_path, changes, said):
    path = changed(tmp_path, **changes)
    with pytest.raises(FileFormatError, match=said) as error:
        RobotProfile.load(path)
    assert str(error.value).startswith(f"{path}: ")


def test_files_that_are_no_profiles(tmp_path):
    with pytest.raises(FileFormatError, match="cannot read robot profile"):
        RobotProfile.load(tmp_path / "absent.yaml")
    with pytest.raises(UnknownNameError, match="unknown robot 'fr4'; known: fr3, panda"):
        RobotProfile.load("fr4")


def test_without_known_volumes_nothing_ever_touches(tmp_path):
    data = yaml.safe_load(SHIPPED.read_text())
    data["volumes"] = None
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(data))
    model = ArmModel(RobotProfile.load(path))
    folded = np.array([0.0, 1.7, 0.0, -3.0, 0.0, 2.0, 0.0])
    assert SelfCollision(model).touching(folded) is None and not Clearance(model, 0.0).too_close(folded)
    assert SelfCollision(ArmModel("fr3")).touching(folded) is not None
