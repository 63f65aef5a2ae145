"""The black box of the stand-in; imports blackbox, simulation and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node

from midp_ros.blackbox import RobotBox
from midp_ros.blackbox.robot_box import RobotSide
from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError
from midp_ros.core.stamp import nanoseconds
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.black_box.box_service import BoxService, about_node
from midp_ros.nodes.ros.parameters import value
from midp_ros.simulation import Simulation

NAMES = ("interface", "controller", "reflexes", "seed", "real_time_factor", "interpolate_from_desired_state")


class StandInBlackBox:
    """Watches the simulated arm; without the parameter `blackbox` it does not.

    Args:
        profile: with the names that ROS uses.
        reached_s: gives the graph's time [s] that the simulation has reached.
    """

    def __init__(self, node: Node, simulation: Simulation, profile: RobotProfile, reached_s: Callable[[], float]):
        self._node, self._simulation, self._reached_s = node, simulation, reached_s
        self._box: RobotBox | None = None
        if not value(node, "blackbox"):
            return
        side = RobotSide(profile, self._about, self._origin_ns, _contract(simulation.task.name))
        self._service = BoxService(node, self._snapshot)
        self._box = RobotBox(side, self._service.save, lambda: simulation.task.observe(simulation.engine))
        simulation.attach_observer(self._box)

    def restart(self) -> None:
        """An episode is about to begin, with the arm's clock at zero."""
        if self._box is not None:
            self._box.restart()

    def close(self) -> None:
        """Writes what still waits."""
        if self._box is not None:
            self._box.finish()
            self._service.close()

    def _snapshot(self) -> None:
        if self._box is not None:
            self._box.operator()
            self._box.finish()

    def _origin_ns(self) -> int:
        return nanoseconds(self._reached_s()) - nanoseconds(self._simulation.time_s)

    def _about(self) -> dict[str, Any]:
        collisions = self._simulation.robot.settings.collisions.thresholds
        thresholds = {
            "torque_nm": collisions.collision_torque_nm.tolist(),
            "wrench": collisions.collision_wrench.tolist(),
        }
        return {**about_node(self._node, NAMES), "task": self._simulation.task.name, "collision_thresholds": thresholds}


def _contract(task: str) -> Contract | None:
    try:
        return Contract.load(task)
    except MidpError:  # a task without one
        return None
