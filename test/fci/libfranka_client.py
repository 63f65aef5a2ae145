"""Functions that a child process runs against the server with pylibfranka, unmodified; see conftest.py.

pylibfranka holds Python's lock while it waits, so that a client and the server are never in one process.
"""

from __future__ import annotations

import multiprocessing
import time
from typing import Any

import numpy as np

STARTS = {
    "joint_position": ("start_joint_position_control", "JointPositions"),
    "joint_velocity": ("start_joint_velocity_control", "JointVelocities"),
    "cartesian_pose": ("start_cartesian_pose_control", "CartesianPose"),
    "cartesian_velocity": ("start_cartesian_velocity_control", "CartesianVelocities"),
    "torque": ("start_torque_control", "Torques"),
}
RATE_NM = 0.9  # in a millisecond
IN_STEP, PAUSE_S = 2, 0.004  # so many states in a row, with so long for each to come


class Calls:
    """What the child can do; it keeps one connection."""

    def __init__(self, host: str):
        import pylibfranka

        self.lib, self.host = pylibfranka, host
        self.robot: Any = None
        self.control: Any = None

    def connect(self) -> None:
        self.robot = self.lib.Robot(self.host, self.lib.RealtimeConfig.kIgnore)

    def disconnect(self) -> None:
        self.robot = self.control = None

    def abandon(self) -> None:
        """Ends a motion as a client does whose object goes out of scope: libfranka stops it."""
        self.control = None

    def state(self) -> dict[str, Any]:
        # What has come during a long call fills the socket, and the newest states are lost.
        self.robot.read_once()
        return self.fields(self.robot.read_once())

    def fields(self, state: Any) -> dict[str, Any]:
        names = [n for n in dir(type(state)) if isinstance(getattr(type(state), n), property)]
        values = {name: getattr(state, name) for name in names}
        values["time"] = state.time.to_sec()
        values["robot_mode"] = str(state.robot_mode).rsplit(".", 1)[-1]
        for name in ("current_errors", "last_motion_errors"):
            errors = values[name]
            values[name] = sorted(n for n in dir(type(errors)) if getattr(errors, n) is True)
        return values

    def call(self, name: str, *args: Any) -> Any:
        return getattr(self.robot, name)(*args)

    def model(self, name: str) -> Any:
        return getattr(self.robot.load_model(), name)(self.robot.read_once())

    def start(self, kind: str, controller: str = "JointImpedance") -> dict[str, Any]:
        """Starts a motion; the state that its first command answers."""
        arguments = [] if kind == "torque" else [getattr(self.lib.ControllerMode, controller)]
        self.control = getattr(self.robot, STARTS[kind][0])(*arguments)
        self.make = getattr(self.lib, STARTS[kind][1])
        return self.fields(self.control.readOnce()[0])

    def follow(
        self, commands: np.ndarray, finish: bool = True, every: int = 0, drop: Any = (), waited_for: bool = True
    ) -> dict[str, Any]:
        """Sends one command after each state, but for those dropped; the text of what libfranka throws.

        Args:
            waited_for: the client sets the pace.
        """
        sent, seen = 0, []
        try:
            if waited_for and len(commands) > IN_STEP:
                self.step_in(commands[0])
            for i, values in enumerate(commands):
                command = self.make(values.tolist())
                command.motion_finished = finish and i == len(commands) - 1
                if i not in drop:
                    self.control.writeOnce(command)
                sent += 1
                if not command.motion_finished:
                    state, _ = self.control.readOnce()
                    if every and i % every == 0:
                        seen.append(self.fields(state))
        except self.lib.ControlException as e:
            return {"sent": sent, "error": str(e), "seen": seen}
        finally:
            if finish:
                self.control = None
        return {"sent": sent, "error": None, "seen": seen}

    def step_in(self, first: np.ndarray) -> None:
        """Sends the first command until each is answered by the very next state.

        A state that crosses the first command leaves the client a state behind: later, in mid-motion, libfranka would
        find two at once and leave a command out.
        """
        in_step, last_s = 0, None
        while in_step < IN_STEP:
            self.control.writeOnce(self.make(first.tolist()))
            time.sleep(PAUSE_S)
            now_s = self.control.readOnce()[0].time.to_sec()
            in_step = in_step + 1 if last_s is not None and round((now_s - last_s) * 1000) == 1 else 0
            last_s = now_s

    def track(self, q: np.ndarray, dq: np.ndarray, ddq: np.ndarray) -> dict[str, Any]:
        """Torques of a client's own joint impedance, by the model that the robot has sent."""
        model, stiffness = self.robot.load_model(), np.array([600, 600, 600, 600, 250, 150, 50.0])
        damping = np.array([50, 50, 50, 30, 10, 5, 1.0])
        state, sent = self.control.readOnce()[0], 0
        last = np.array(state.tau_J_d)
        try:
            for q_d, dq_d, ddq_d in zip(q, dq, ddq, strict=True):
                mass = np.array(model.mass(state)).reshape(7, 7).T
                torque = mass @ ddq_d + np.array(model.coriolis(state))
                torque += stiffness * (q_d - state.q) + damping * (dq_d - state.dq)
                last = torque = last + (torque - last).clip(-RATE_NM, RATE_NM)  # as libfranka's rate limiter
                command = self.make(torque.tolist())
                sent += 1
                command.motion_finished = sent == len(q)
                self.control.writeOnce(command)
                if not command.motion_finished:
                    state, _ = self.control.readOnce()
        except self.lib.ControlException as e:
            return {"sent": sent, "error": str(e), "seen": []}
        finally:
            self.control = None
        return {"sent": sent, "error": None, "seen": []}

    def targets(self, goals: list[list[float]], velocities: list[float], wait_s: float) -> list[dict[str, Any]]:
        """Targets at any time, which the robot itself plans a motion to; the state at each one's end."""
        handler_type, reached = self.lib.AsyncPositionControlHandler, []
        configured = handler_type.configure(self.robot, handler_type.Configuration(velocities, 0.002))
        assert configured.error_message is None, configured.error_message
        for goal in goals:
            result = configured.handler.set_joint_position_target(handler_type.JointPositionTarget(goal))
            assert result.was_successful, result.error_message
            end = time.monotonic() + wait_s
            while time.monotonic() < end:
                feedback = configured.handler.get_target_feedback()
                assert feedback.error_message is None, feedback.error_message
                if str(feedback.status).endswith("TargetReached"):
                    break
            reached.append({"status": str(feedback.status), **self.state()})
        configured.handler.stop_control()
        return reached

    def gripper(self, name: str, *args: Any) -> Any:
        gripper = self.lib.Gripper(self.host)
        try:
            result = getattr(gripper, name)(*args)
        except self.lib.CommandException as e:
            return str(e)
        if name == "read_once":
            return {n: getattr(result, n) for n in ("width", "max_width", "is_grasped", "temperature")}
        return result

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)


def _run(pipe: Any, host: str) -> None:
    calls = Calls(host)
    while True:
        try:
            name, args, options = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send((True, getattr(calls, name)(*args, **options)))
        except Exception as e:
            pipe.send((False, f"{type(e).__name__}: {e}"))


class ClientError(Exception):
    """What libfranka threw: the exception's name and text."""


class Client:
    """A child with pylibfranka; `client.state()` and so on are `Calls`."""

    def __init__(self, host: str, timeout_s: float = 60.0):
        context = multiprocessing.get_context("spawn")
        self._pipe, there = context.Pipe()
        self.process, self._timeout_s = context.Process(target=_run, args=(there, host), daemon=True), timeout_s
        self.process.start()
        there.close()

    def begin(self, name: str, *args: Any, **options: Any) -> None:
        self._pipe.send((name, args, options))

    def result(self) -> Any:
        if not self._pipe.poll(self._timeout_s):
            self.kill()
            raise TimeoutError("the client has not answered")
        good, value = self._pipe.recv()
        if not good:
            raise ClientError(value)
        return value

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            self.begin(name, *args, **options)
            return self.result()

        return call

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def close(self) -> None:
        self._pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.kill()
