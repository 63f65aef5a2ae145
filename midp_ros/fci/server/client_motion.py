"""A motion that a client commands millisecond by millisecond, lost packets included; imports simulation."""

from __future__ import annotations

from math import isfinite
from typing import Protocol

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.fci.server.command_monitor import CommandMonitor
from midp_ros.fci.wire.robot_packets import RobotCommand
from midp_ros.simulation.arm.control_loop import ABSURD, NOT_A_NUMBER
from midp_ros.simulation.arm.motions import MotionRefused, Samples
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.safety.joint_motion import CYCLE_S

MOST_LOST = 20  # packets in a row (Franka documentation, "Network and communication requirements")
RATED = 100  # commands of which the success rate is the share that arrived
FIRST_COMMAND_CYCLES = 1000  # for a client that has started a motion to send its first command; not published
STILL_CYCLES = 3  # that a motion must stand still for after its last command: position, velocity, acceleration


class Generator(Protocol):
    """Joint positions from commands of one kind."""

    def follow(self, command: RobotCommand) -> Array:
        """Positions (joints,) of a command; raises MotionRefused."""

    def bridge(self) -> Array:
        """Positions (joints,) in place of a lost command."""

    def hold(self) -> Array:
        """The last positions (joints,) once more; raises MotionRefused where that is too sudden."""


class Torques(Protocol):
    """Torques that a client commands instead of the robot's own controller; `friction_nm` see Motion."""

    friction_nm: Array | None

    def accept(self, command: RobotCommand) -> None:
        """Takes a command's torques; raises MotionRefused."""

    def command(self, desired_rad: list[float], desired_rad_s: list[float], desired_rad_s2: Array) -> None:
        """Sets the torques for the next millisecond; see `Arm.command`."""

    def measured_rad(self) -> Array:
        """Measured positions (joints,); raises MotionRefused where the links come too close."""

    @property
    def velocity_rad_s(self) -> Array:
        """Measured velocities (joints,)."""


class Impedance(Protocol):
    """The robot's own controller of a motion."""

    def command(self, desired_rad: list[float], desired_rad_s: list[float], desired_rad_s2: Array) -> None:
        """Sets the torques for the next millisecond; see `Arm.command`."""


class ClientMotion:
    """Turns each millisecond's command, or its absence, into positions, velocities and accelerations.

    Args:
        monitor: that judges the positions afterwards.
        generator: of the positions; None where the client commands torques alone.
        torques: the client's; None where one of the robot's controllers drives the arm.
        impedance: that controller, if it is not the arm's own joint impedance.
        asynchronous: whether commands come at any time, so that none is ever lost.

    Attributes:
        command_received: this cycle's, or None; set before each cycle.
        begun: whether a command has ever arrived.
        finished: whether the client's last command is executed, and the arm stands.
    """

    def __init__(
        self,
        monitor: CommandMonitor,
        generator: Generator | None,
        torques: Torques | None = None,
        impedance: Impedance | None = None,
        asynchronous: bool = False,
    ):
        self._monitor, self._torques, self._asynchronous = monitor, torques, asynchronous
        self._free = generator is None
        self._generator = generator or _Measured(torques)
        if (drive := torques or impedance) is not None:
            self.command = drive.command  # see Motion
        self.friction_nm = None if torques is None else torques.friction_nm
        self.command_received: RobotCommand | None = None
        self.begun = self.finished = self._ending = False
        self._waited = self._lost = self._still = self._cycle = 0
        self._arrived = [True] * RATED

    @property
    def success_rate(self) -> float:
        """Share of the last 100 commands that arrived in time."""
        return sum(self._arrived) / RATED

    @property
    def awaits_command(self) -> bool:
        """Whether the client owes a command every millisecond."""
        return self.begun and not self._ending and not self._asynchronous

    def sample(self, times_s: Array) -> Samples:
        """The next millisecond's desired state, each (1, joints)."""
        position = self._next()
        if self._free:
            assert self._torques is not None
            return position[None], self._torques.velocity_rad_s[None], np.zeros_like(position)[None]
        if not np.isfinite(position).all():
            raise MotionRefused(NOT_A_NUMBER)
        position = position.clip(-ABSURD, ABSURD)  # a jump anyhow, whose differences must not overflow
        last, last_rad_s = self._monitor.position_rad, self._monitor.velocity_rad_s
        velocity = (position - last) / CYCLE_S
        return position[None], velocity[None], ((velocity - last_rad_s) / CYCLE_S)[None]

    def _next(self) -> Array:
        command, generator = self.command_received, self._generator
        if self._ending:
            self._still += 1
            self.finished = self._still >= STILL_CYCLES
            return generator.hold()
        if not self.begun and command is None:
            self._waited += 1
            if self._waited > FIRST_COMMAND_CYCLES and not self._asynchronous:
                raise MotionRefused(_lost(f"no command within {FIRST_COMMAND_CYCLES} ms of the motion's start"))
            return generator.hold()
        self._monitor.first, self.begun = not self.begun, True
        self._count(command is not None)
        if command is None:
            if self._lost >= MOST_LOST and not self._asynchronous:
                raise MotionRefused(_lost(f"{MOST_LOST} commands in a row were lost"))
            return generator.bridge()
        self._ending = command.motion_finished or (self._torques is not None and command.torque_finished)
        if self._ending and (self._free or self._asynchronous):
            self.finished = True  # the arm brakes from here on
            return generator.bridge()
        if self._torques is not None:
            self._torques.accept(command)
        return generator.follow(command)

    def _count(self, arrived: bool) -> None:
        self._lost = 0 if arrived else self._lost + 1
        self._cycle += 1
        self._arrived[self._cycle % RATED] = arrived or self._asynchronous


class _Measured:
    """Where the arm is: what a motion by torques alone desires."""

    def __init__(self, torques: Torques | None):
        assert torques is not None, "a motion needs positions or torques"
        self._torques = torques

    def follow(self, command: RobotCommand) -> Array:
        return self._torques.measured_rad()

    def bridge(self) -> Array:
        return self._torques.measured_rad()

    def hold(self) -> Array:
        return self._torques.measured_rad()


def _lost(reason: str) -> Violation:
    return Violation(0, frozenset({"communication_constraints_violation"}), reason)


def finite(command: RobotCommand) -> bool:
    """Whether every number of a command is finite, and their sum is, too; libfranka refuses to send others."""
    parts = command.q_c, command.dq_c, command.pose_c, command.twist_c, command.torque_d, command.elbow_c or ()
    return isfinite(sum(map(sum, parts)))
