"""What clients set on the robot, kept from one episode to the next; imports simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose
from midp_ros.core.robot_mode import RobotMode
from midp_ros.fci.wire.robot_commands import Command
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.arm_state import RigidLoad
from midp_ros.simulation.arm.cartesian_impedance import DEFAULT_STIFFNESS
from midp_ros.simulation.arm.robot_settings import RobotSettings
from midp_ros.simulation.safety import CollisionThresholds, ModeError

FARTHEST = 1e3  # of a number in a pose; differences of larger ones would leave a double's range
NOT_TURNED = 1e-3  # how far a matrix may be from a rotation (libfranka's checkMatrix)


def pose_of(columns: tuple[float, ...]) -> Pose:
    """A pose from its 4 x 4 matrix, column by column (16,); raises MidpError for anything else."""
    matrix = np.array(columns).reshape(4, 4).T
    rotation = matrix[:3, :3]
    if not (np.abs(matrix) < FARTHEST).all() or (matrix[3] != (0, 0, 0, 1)).any():
        raise MidpError(f"not a pose: {list(columns)}")
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > NOT_TURNED or np.linalg.det(rotation) < 0:
        raise MidpError(f"not a rotation: {rotation.tolist()}")
    return Pose(matrix[:3, 3], rotation)


class RobotSetup:
    """The setting commands.

    Attributes:
        setters: by command, called with the request's values; they raise ModeError or MidpError.
        cartesian_stiffness: of Cartesian impedance (6,).
        guided: which of x, y, z, roll, pitch, yaw and the elbow a person may move while guiding.
    """

    def __init__(self, simulation: Simulation):
        self._simulation = simulation
        self.cartesian_stiffness: Array = np.array(DEFAULT_STIFFNESS)
        self.guided: tuple[bool, ...] = (True,) * 7
        self._kept: dict[int, tuple] = {}
        setters: dict[int, Callable[[tuple], None]] = {
            Command.SET_COLLISION_BEHAVIOR: self._collisions,
            Command.SET_JOINT_IMPEDANCE: lambda v: self._settings.set_joint_stiffness(np.array(v)),
            Command.SET_CARTESIAN_IMPEDANCE: self._cartesian,
            Command.SET_GUIDING_MODE: self._guide,
            Command.SET_EE_TO_K: lambda v: self._settings.set_stiffness_frame(pose_of(v)),
            Command.SET_NE_TO_EE: lambda v: self._settings.set_tool_frame(pose_of(v)),
            Command.SET_LOAD: self._load,
        }
        self.setters = {command: self._keeping(command, setter) for command, setter in setters.items()}

    def apply(self) -> None:
        """Sets everything once more, on a fresh robot."""
        for command, values in list(self._kept.items()):
            self.setters[command](values)

    def _keeping(self, command: int, setter: Callable[[tuple], None]) -> Callable[[tuple], None]:
        def set_and_keep(values: tuple) -> None:
            if self._simulation.robot.modes.mode is RobotMode.MOVE:
                raise ModeError("not possible while the robot moves")
            setter(values)
            self._kept[command] = values

        return set_and_keep

    @property
    def _settings(self) -> RobotSettings:
        return self._simulation.robot.settings

    def _collisions(self, values: tuple) -> None:
        """The nominal thresholds; those while accelerating are only checked, as here one pair holds throughout."""
        of = CollisionThresholds.of
        of(values[:7], values[7:14], values[28:34], values[34:40])
        self._settings.set_collision_thresholds(of(values[14:21], values[21:28], values[40:46], values[46:52]))

    def _cartesian(self, values: tuple) -> None:
        self._settings.set_cartesian_stiffness(np.array(values))
        self.cartesian_stiffness = np.array(values)

    def _guide(self, values: tuple) -> None:
        self.guided = values

    def _load(self, values: tuple) -> None:
        inertia = np.array(values[4:]).reshape(3, 3).T
        self._settings.set_load(RigidLoad(values[0], np.array(values[1:4]), inertia))
