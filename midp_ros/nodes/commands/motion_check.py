"""Check of motions before they are sent, by a node's parameters and a contract.

Imports control, kinematics and rclpy.
"""

from __future__ import annotations

import math

from rclpy.node import Node

from midp_ros.control import CollisionCheck
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.core.contract import Contract
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.nodes.ros.parameters import Parameter, value

PARAMETERS = (
    Parameter("check_collisions", True, "hold before a motion that would touch the arm itself or the table"),
    Parameter("table_height_m", math.nan, "of the table's plane in the arm's base frame [m]; .nan: the contract's"),
)


def table_height_m(node: Node, contract: Contract) -> float | None:
    """Height of the table's plane in the arm's base frame [m]; None: unknown."""
    chosen: float = value(node, "table_height_m")
    return contract.table_height_m if math.isnan(chosen) else chosen


def make_check(node: Node, contract: Contract, model: ArmModel, further_m: float = 0.0) -> MotionCheck:
    """Raises CollisionError for a motion that must not be sent.

    Args:
        further_m: by which every least distance is larger.
    """
    if not value(node, "check_collisions"):
        return _anything
    return CollisionCheck(model, table_height_m(node, contract), further_m).require_clear


def _anything(motion: JointTrajectory) -> None:
    pass
