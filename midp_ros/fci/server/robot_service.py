"""The robot's port: commands of its client, motions and the state, on the simulated robot; imports simulation."""

from __future__ import annotations

import select
from collections import deque
from collections.abc import Callable

import numpy as np

from midp_ros.core.errors import MidpError
from midp_ros.core.robot_mode import RobotMode
from midp_ros.fci.server.client_motion import finite
from midp_ros.fci.server.command_monitor import CommandMonitor
from midp_ros.fci.server.motions import RunningMotion, begin_motion
from midp_ros.fci.server.robot_description import robot_description
from midp_ros.fci.server.robot_setup import RobotSetup
from midp_ros.fci.server.state_packet import StatePacket
from midp_ros.fci.server.transport import PortProtocol, Request, Service
from midp_ros.fci.wire.robot_commands import (
    HEADER,
    REQUESTS,
    Command,
    MoveStatus,
    RecoveryStatus,
    SetterStatus,
    StopStatus,
    response,
)
from midp_ros.fci.wire.robot_packets import (
    COMMAND,
    ROBOT_PORT,
    ROBOT_VERSION,
    ControllerMode,
    MotionGeneratorMode,
    RobotCommand,
)
from midp_ros.simulation import Simulation
from midp_ros.simulation.safety import ModeError

PROTOCOL = PortProtocol(ROBOT_PORT, ROBOT_VERSION, HEADER, REQUESTS, response)
AT_REST_RAD_S = 0.02  # a stop is done
# Of a joint that went beyond its range, and that the brake holds at its end: nearer, it has not been led back.
BACK_RAD = 1e-3
QUEUE = 100  # commands that wait, where the client sets the pace


class RobotService:
    """Serves one client: requests, then in each cycle `before`, a millisecond of simulation, and `after`.

    Attributes:
        patient: each cycle of a motion waits for its command; otherwise one counts only in the state's millisecond.
        message_id: of the state sent last; the robot's time [ms].
        taken: commands that were taken so far.
        lost: milliseconds of motions without a command so far.
        unused: commands so far that came too late, twice, or without a motion, or were not finite.
    """

    def __init__(self, simulation: Simulation, host: str, poll: select.epoll):
        self._simulation, self.patient = simulation, False
        self._service = Service(host, PROTOCOL, 1, poll)
        self._monitor, self._packet = CommandMonitor(simulation.model), StatePacket(simulation.profile)
        self._setup = RobotSetup(simulation)
        self._description = robot_description(simulation.profile).encode()
        self._move: RunningMotion | None = None
        self._stopping: list[Request] = []
        self._recovering: list[Request] = []
        self._commands: deque[RobotCommand] = deque(maxlen=QUEUE)
        self._last_id = self.message_id = self.lost = self.unused = self.taken = 0
        self._answers: dict[int, Callable[[Request], None]] = {
            Command.MOVE: self._start,
            Command.STOP_MOVE: self._stop,
            Command.AUTOMATIC_ERROR_RECOVERY: self._recover,
            Command.GET_ROBOT_MODEL: lambda r: self._service.answer(r, SetterStatus.SUCCESS, self._description),
            **{command: self._set for command in self._setup.setters},
        }

    # --- what comes in ------------------------------------------------------------------------------------------------
    def ready(self, descriptor: int) -> None:
        """Serves a descriptor of which the poll says that something has come."""
        if descriptor == self._service.udp.fileno():
            for data in self._service.datagrams(COMMAND.size):
                self._take(RobotCommand.from_bytes(data))
            return
        self._service.serve(descriptor, self._answers)

    def _take(self, command: RobotCommand) -> None:
        if self._move is None or not self._timely(command.message_id, self._move) or not finite(command):
            self.unused += 1
            return
        if not self.patient:
            self.unused += len(self._commands)
            self._commands.clear()
        self._last_id, self.taken = command.message_id, self.taken + 1
        self._commands.append(command)

    def _timely(self, message_id: int, move: RunningMotion) -> bool:
        if move.asynchronous:  # targets come at any time, several after one state
            return self._last_id <= message_id <= self.message_id
        if self.patient or not move.motion.begun:  # before its first command, a motion waits
            return self._last_id < message_id <= self.message_id
        return message_id == self.message_id and message_id > self._last_id

    @property
    def moving(self) -> bool:
        """Whether a client's motion runs."""
        return self._move is not None

    @property
    def awaits_command(self) -> bool:
        """Whether the client's command for the last state is due and has not come."""
        move = self._move
        return move is not None and move.motion.awaits_command and not self._commands and move.request.client.connected

    @property
    def begins(self) -> bool:
        """Whether a motion waits for its first command."""
        move = self._move
        return move is not None and not move.motion.begun and not self._commands and move.request.client.connected

    @property
    def waits(self) -> bool:
        """Whether a command is due, the first one of a motion or a later one."""
        return self.begins or self.awaits_command

    # --- a millisecond ------------------------------------------------------------------------------------------------
    def before(self) -> None:
        """Hands the client's command to its motion."""
        if self._move is not None:
            command = self._commands.popleft() if self._commands else None
            if command is None and self._move.motion.awaits_command:
                self.lost += 1
            self._move.motion.command_received = command

    def after(self) -> None:
        """Ends what has ended, and sends the state."""
        self.message_id += 1
        robot = self._simulation.robot
        if self._move is not None:
            self._judge(self._move, robot.modes.mode)
        if self._stopping and self._at_rest:
            for request in self._stopping:
                self._service.answer(request, StopStatus.SUCCESS)
            self._stopping.clear()
        if self._recovering:
            self._judge_recovery(robot.modes.mode)
        self.send_state()

    def send_state(self) -> None:
        """Sends the state to every client."""
        if self._service.clients:
            self._service.send(self.state())

    def state(self) -> bytes:
        """The state's packet now."""
        robot, move = self._simulation.robot, self._move
        self._packet.fill(self.message_id, robot.state(), robot.settings.mounting)
        if move is None:
            return self._packet.bytes_of(MotionGeneratorMode.IDLE, ControllerMode.OTHER, 0.0)
        if (commanded := move.commanded()) is not None:
            self._packet.fill_commanded(*commanded)
        if move.torques is not None:
            self._packet.fill_torques(move.torques.torque_nm)
        return self._packet.bytes_of(move.mode, move.controller, move.motion.success_rate)

    def _judge(self, move: RunningMotion, mode: RobotMode) -> None:
        if mode is not RobotMode.MOVE:
            status = {
                RobotMode.REFLEX: MoveStatus.REFLEX_ABORTED,
                RobotMode.USER_STOPPED: MoveStatus.EMERGENCY_ABORTED,
            }.get(mode, MoveStatus.ABORTED)
            self._finish(status)
        elif move.motion.finished:
            self._simulation.robot.release(brake=move.brakes)
            self._finish(MoveStatus.SUCCESS)

    def _judge_recovery(self, mode: RobotMode) -> None:
        if mode is RobotMode.AUTOMATIC_ERROR_RECOVERY:
            return
        status = {
            RobotMode.REFLEX: RecoveryStatus.REFLEX_ABORTED,
            RobotMode.USER_STOPPED: RecoveryStatus.EMERGENCY_ABORTED,
        }.get(mode, RecoveryStatus.SUCCESS)
        for request in self._recovering:
            self._service.answer(request, status)
        self._recovering.clear()

    @property
    def _at_rest(self) -> bool:
        return bool(np.abs(self._simulation.arm.velocity_rad_s).max() < AT_REST_RAD_S)

    # --- requests -----------------------------------------------------------------------------------------------------
    def _start(self, request: Request) -> None:
        try:
            if self._move is not None or self._stopping:
                raise ModeError("a motion is running")
            self._move = begin_motion(request, self._simulation, self._monitor, self._setup)
        except ModeError:
            self._service.answer(request, MoveStatus.COMMAND_NOT_POSSIBLE_REJECTED)
        except MidpError:
            self._service.answer(request, MoveStatus.INVALID_ARGUMENT_REJECTED)
        else:
            self._commands.clear()
            self._last_id = self.message_id  # commands answer a state that shows the motion
            self._service.answer(request, MoveStatus.MOTION_STARTED)

    def _finish(self, status: MoveStatus) -> None:
        assert self._move is not None
        self._service.answer(self._move.request, status)
        self._move = None

    def _stop(self, request: Request) -> None:
        if self._move is not None:
            self._simulation.robot.release(brake=self._move.brakes)
            self._finish(MoveStatus.PREEMPTED)
        # Also where nothing moves: libfranka's ActiveControl stops in its destructor, in which it must not throw.
        self._stopping.append(request)

    def _recover(self, request: Request) -> None:
        profile, position = self._simulation.profile, self._simulation.arm.position_rad
        low, high = profile.position_min_rad + BACK_RAD, profile.position_max_rad - BACK_RAD
        beyond = bool(((position < low) | (position > high)).any())
        if beyond and "joint_position_limits_violation" in self._simulation.robot.modes.current_errors:
            self._service.answer(request, RecoveryStatus.MANUAL_ERROR_RECOVERY_REQUIRED_REJECTED)
            return
        try:
            self._simulation.robot.recover()
        except ModeError:
            self._service.answer(request, RecoveryStatus.COMMAND_NOT_POSSIBLE_REJECTED)
        else:
            self._recovering.append(request)

    def _set(self, request: Request) -> None:
        try:
            self._setup.setters[request.command](request.values)
        except ModeError:
            status = SetterStatus.COMMAND_NOT_POSSIBLE_REJECTED
        except MidpError:
            status = SetterStatus.INVALID_ARGUMENT_REJECTED
        else:
            status = SetterStatus.SUCCESS
        self._service.answer(request, status)

    # --- the episode --------------------------------------------------------------------------------------------------
    def restarted(self) -> None:
        """The simulation has begun another episode, with a fresh robot that keeps what clients have set."""
        if self._move is not None:
            self._finish(MoveStatus.ABORTED)
        self._setup.apply()

    def close(self) -> None:
        """Ends every connection."""
        self._service.close()
