"""From a Move request to a motion of the simulated robot; imports simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.fci.server.cartesian_generators import CartesianPoses, CartesianVelocities
from midp_ros.fci.server.client_motion import ClientMotion, Generator
from midp_ros.fci.server.command_monitor import CommandMonitor
from midp_ros.fci.server.external_torques import ExternalTorques
from midp_ros.fci.server.joint_generators import JointPositions, JointTargets, JointVelocities
from midp_ros.fci.server.robot_setup import RobotSetup
from midp_ros.fci.server.transport import Request
from midp_ros.fci.wire.robot_packets import ControllerMode, MotionGeneratorMode
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.cartesian_impedance import CartesianImpedance


@dataclass
class RunningMotion:
    """A motion that a client has started.

    Attributes:
        request: whose second answer says how it ended.
        mode, controller: as the state shows them.
    """

    request: Request
    mode: MotionGeneratorMode
    controller: ControllerMode
    motion: ClientMotion
    generator: Generator | None
    torques: ExternalTorques | None
    asynchronous: bool

    @property
    def brakes(self) -> bool:
        """Whether its end is a stop from what is measured: torques leave the arm moving."""
        return self.controller is ControllerMode.EXTERNAL

    def commanded(self) -> tuple[Array, Array, Array, Array] | None:
        """Pose, twist, acceleration and elbow of a Cartesian motion; see StatePacket."""
        return self.generator.commanded() if isinstance(self.generator, CartesianPoses) else None


def begin_motion(request: Request, simulation: Simulation, monitor: CommandMonitor, setup: RobotSetup) -> RunningMotion:
    """Starts what a Move request asks for.

    Raises:
        ModeError: the robot is in no mode to move.
        MidpError: a request of no meaning.
    """
    controller_value, mode_value, *rest = request.values
    deviations, asynchronous, velocity = np.array(rest[:6]), rest[6], np.array(rest[7:])
    if controller_value >= ControllerMode.OTHER or mode_value > 4 or not (deviations > 0).all():
        raise MidpError("no such motion")
    mode, controller = MotionGeneratorMode(mode_value + 1), ControllerMode(controller_value)
    external = controller is ControllerMode.EXTERNAL
    if (mode is MotionGeneratorMode.NONE) is not external and not external:
        raise MidpError("the robot's own controllers need a motion generator")
    if asynchronous and (mode is not MotionGeneratorMode.JOINT_POSITION or external or not (velocity > 0).all()):
        raise MidpError("only joint positions, at positive velocities, are planned by the robot")
    robot, arm, model = simulation.robot, simulation.arm, simulation.model
    monitor.mode = mode
    monitor.start(arm.desired_rad)
    generator: Generator | None = None
    if asynchronous:
        generator = JointTargets(monitor, simulation.profile, velocity)
    elif mode is MotionGeneratorMode.JOINT_POSITION:
        generator = JointPositions(monitor)
    elif mode is MotionGeneratorMode.JOINT_VELOCITY:
        generator = JointVelocities(monitor)
    elif mode is MotionGeneratorMode.CARTESIAN_POSITION:
        generator = CartesianPoses(model, monitor, robot.settings.mounting)
    elif mode is MotionGeneratorMode.CARTESIAN_VELOCITY:
        generator = CartesianVelocities(model, monitor, robot.settings.mounting)
    torques = impedance = None
    if external:
        last_nm = robot.settings.without_gravity(arm.torque_nm)
        torques = ExternalTorques(arm, simulation.dynamics, simulation.profile, monitor, last_nm)
    elif controller is ControllerMode.CARTESIAN_IMPEDANCE:
        frame = robot.settings.mounting.tool_in_nominal @ robot.settings.mounting.stiffness_in_tool
        impedance = CartesianImpedance(arm, model, simulation.dynamics, setup.cartesian_stiffness, frame.rotation)
    motion = ClientMotion(monitor, generator, torques, impedance, asynchronous)
    robot.drive_by(
        motion, robot.settings.stiffness_nm_rad, monitor, judged=generator is not None, desired=generator is not None
    )
    return RunningMotion(request, mode, controller, motion, generator, torques, asynchronous)
