"""An arm of another number of joints, from a profile and a URDF anywhere: an FR3 whose third joint is fixed."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from midp_ros.cli.evaluation.episodes import shaping
from midp_ros.core.contract import Contract
from midp_ros.core.package_files import package_path
from midp_ros.expert import make_expert
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.kinematics.clearance import Clearance
from midp_ros.simulation import Simulation, rollout
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.environment import make_env


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """The profile's file, with the URDF beside it."""
    folder = tmp_path_factory.mktemp("robot")
    urdf = package_path("urdf", "fr3.urdf").read_text()
    lines = [x.replace("revolute", "fixed") if 'name="fr3_joint3"' in x else x for x in urdf.splitlines()]
    (folder / "six.urdf").write_text("\n".join(lines))
    data = yaml.safe_load(package_path("config", "robots", "fr3.yaml").read_text())
    data |= {"name": "six", "robot_type": "fr3", "urdf": "six.urdf"}
    data |= {key: [*v[:2], *v[3:]] for key, v in data.items() if isinstance(v, list) and len(v) == 7}
    del data["elbow"]
    path = folder / "six.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


@pytest.fixture(scope="module")
def contract():
    data = Contract.load("reach").to_dict()
    data["observation"][0]["size"] = 6
    return Contract.from_dict(data)


def test_kinematics_and_volumes_follow_the_profile(profile):
    six, seven = ArmModel(RobotProfile.load(profile)), ArmModel("fr3")
    assert six.profile.joints == 6 and six.profile.own_type == "fr3"
    ready_rad = six.profile.ready_rad
    same = seven.forward(np.insert(ready_rad, 2, 0.0)).position_m
    np.testing.assert_allclose(six.forward(ready_rad).position_m, same, atol=1e-12)
    assert six.jacobian(ready_rad).shape == (6, 6)
    assert not Clearance(six, 0.0).too_close(ready_rad)


@pytest.mark.parametrize("controller", ["trajectory", "none"])
def test_it_holds_still_in_every_mode(profile, controller):
    simulation = Simulation("reach", str(profile), options=RobotOptions(reflexes=True, controller=controller))
    assert simulation.advance(0.05).shape == (50, 6)
    simulation.switch("stream")
    follower = simulation.robot.follower
    follower.accept(simulation.arm.position_rad, simulation.time_s, simulation.time_s, simulation.arm.position_rad)
    assert simulation.advance(0.05).shape == (50, 6) and not simulation.robot.reflexes
    assert simulation.robot.state().position_rad.shape == (6,)


def test_an_expert_reaches_with_it(profile, contract):
    simulation = Simulation("reach", str(profile), options=RobotOptions(reflexes=True))
    result = rollout(simulation, make_expert("reach", contract), 0, shape=shaping(simulation.profile, 0.1))
    assert result.success and not result.reflexes and result.desired_rad.shape[1] == 6


def test_its_environment_observes_six_joints(profile, contract):
    env = make_env("reach", contract, str(profile))
    assert env.reset(seed=0)[0]["joint_position"].shape == (6,)
