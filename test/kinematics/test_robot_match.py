"""A contract of one robot is not for another; names of one and the same robot differ."""

from dataclasses import replace

import pytest

from midp_ros.core.errors import ContractMismatchError
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.robot_match import require_robot

FR3, PANDA = RobotProfile.load("fr3"), RobotProfile.load("panda")


@pytest.mark.parametrize(
    "robot, profile, robot_type",
    [
        ("fr3", FR3, ""),
        ("fr3", FR3, "fr3v2"),
        ("fr3", FR3, "lab"),
        ("panda", PANDA, "fer"),
        ("fr3", replace(FR3, name="slow_fr3", robot_type="fr3"), ""),
        ("my_arm", replace(FR3, name="my_arm"), ""),
    ],
)
def test_the_same_robot_under_its_names(robot, profile, robot_type):
    require_robot(robot, profile, robot_type)


@pytest.mark.parametrize(
    "robot, profile, robot_type, words",
    [
        ("fr3", PANDA, "", "the contract is for robot 'fr3', the robot is 'panda'"),
        ("panda", FR3, "", "the contract is for robot 'panda', the robot is 'fr3'"),
        ("fr3", FR3, "panda", "for robot 'fr3', robot_type 'panda' names the joints of 'panda'"),
        ("my_arm", FR3, "", "for robot 'my_arm', the robot is 'fr3'"),
    ],
)
def test_another_robot_is_refused_in_one_line_that_names_both(robot, profile, robot_type, words):
    with pytest.raises(ContractMismatchError, match=words) as e:
        require_robot(robot, profile, robot_type)
    assert "\n" not in str(e.value)
