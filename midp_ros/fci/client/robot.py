"""A Franka arm through libfranka: states, and setpoints cycle by cycle; imports pylibfranka."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pylibfranka

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose
from midp_ros.fci.client.joint_interfaces import JointInterface, joint_interface
from midp_ros.kinematics import RobotProfile

STEPS_TOGETHER, PAUSE_S = 3, 0.004  # so many cycles in a row leave none out, with so long for the next one to come
ERROR_NAMES = re.compile(r'"([a-z_]+)"')


class FciError(MidpError):
    """The robot does not answer, or refuses."""


@dataclass(frozen=True)
class Aborted:
    """A motion that the robot has ended.

    Attributes:
        errors: names of libfranka's errors.
        text: libfranka's own.
    """

    errors: frozenset[str]
    text: str


@contextmanager
def kept_scheduling() -> Iterator[None]:
    """Takes back the real-time priority 99 that libfranka's constructor gives the calling thread.

    Here the server waits for its client, so that nothing is late. With that priority whatever this thread computes, and
    every process that it starts, would keep all others from the processor.
    """
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


class LibfrankaRobot:
    """One arm, commanded through one of libfranka's joint interfaces.

    pylibfranka keeps Python's lock while it waits for the robot: every thread of the process waits with it.

    Args:
        host: the robot's address.
        mode: one of `MODES`.

    Attributes:
        state: the newest one, a pylibfranka.RobotState.
        aborted: how the last motion was ended by the robot; None where it was not.
    """

    def __init__(self, host: str, mode: str, profile: RobotProfile):
        self._interface: JointInterface = joint_interface(mode, profile)
        try:
            with kept_scheduling():
                self._robot = pylibfranka.Robot(host, pylibfranka.RealtimeConfig.kIgnore)
            self.state = self._robot.read_once()
        except RuntimeError as e:
            raise FciError(f"no robot at {host}: {e}") from e
        self._control: Any = None
        self.aborted: Aborted | None = None
        self.commanded_rad: Array = np.array(self.state.q_d)

    @property
    def moving(self) -> bool:
        """Whether a motion is under way."""
        return self._control is not None

    @property
    def time_s(self) -> float:
        """The robot's time of the newest state [s]."""
        return self._cycle / 1000

    @property
    def _cycle(self) -> int:
        return round(self.state.time.to_sec() * 1000)

    def tool(self) -> Pose:
        """The measured pose of the end effector in the base frame."""
        matrix = np.array(self.state.O_T_EE).reshape(4, 4).T
        return Pose(matrix[:3, 3], matrix[:3, :3])

    def start(self, waited_for: bool = True) -> None:
        """Starts a motion at rest, after a recovery where the robot is in error, and holds the arm. Raises FciError.

        Until its first command a robot does not wait for its client: states may lie ready, and one may cross that
        command. A client that answered it would stay a state behind, until it found two at once in mid-motion and left
        out what it has for one of them. So the arm is held first, with a pause before each state, until none lies by.

        Args:
            waited_for: the client sets the pace. In real time a pause would only make commands late.
        """
        self.aborted = None
        try:
            self.state = self._robot.read_once()
            if self.state.robot_mode == pylibfranka.RobotMode.Reflex:
                self._robot.automatic_error_recovery()
            self._control = self._interface.start(self._robot)
            self.state, _ = self._control.readOnce()
        except RuntimeError as e:
            self._control = None
            raise FciError(f"the robot has not started a motion: {e}") from e
        self.commanded_rad = self._interface.begin(self.state)
        still = np.zeros((1, len(self.commanded_rad)))
        in_step = 0
        while waited_for and self._control is not None and in_step < STEPS_TOGETHER:
            passed = self.play((self.commanded_rad[None], still, still), PAUSE_S)
            in_step = in_step + 1 if passed == 1 else 0
        if self.aborted is not None:
            raise FciError(f"the robot has not started a motion: {self.aborted.text}")

    def play(self, setpoints: tuple[Array, Array, Array], pause_s: float = 0.0) -> int:
        """Commands a setpoint a cycle: positions, velocities and accelerations, each (cycles, joints).

        A cycle that the robot's time has left out is left out here. It ends early where the robot ends the motion; see
        `aborted`.

        Args:
            pause_s: between a command and a look at the state after it [s].

        Returns:
            The number of cycles that passed.
        """
        rows, start, passed = self._interface.rows(setpoints), self._cycle, 0
        count, control, command = len(rows), self._control, self._interface.command
        try:
            while passed < count:
                control.writeOnce(command(rows[passed], self.state))
                if pause_s:
                    time.sleep(pause_s)
                self.state, _ = control.readOnce()
                passed = self._cycle - start
        except pylibfranka.ControlException as e:
            self._control = None
            self.aborted = Aborted(frozenset(ERROR_NAMES.findall(str(e))), str(e))
        except RuntimeError as e:
            self._control = None
            raise FciError(f"the robot has not answered: {e}") from e
        if passed:
            self.commanded_rad = setpoints[0][min(passed, count) - 1]
        return passed

    def finish(self) -> None:
        """Ends the motion, with the arm at rest."""
        if self._control is None:
            return
        control, self._control = self._control, None
        still = self.commanded_rad[None], np.zeros((1, len(self.commanded_rad))), np.zeros((1, len(self.commanded_rad)))
        try:
            last = self._interface.command(self._interface.rows(still)[0], self.state)
            last.motion_finished = True
            control.writeOnce(last)
        except RuntimeError as e:
            self.aborted = Aborted(frozenset(ERROR_NAMES.findall(str(e))), str(e))
