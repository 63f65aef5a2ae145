"""A robot in this process under a stream of commands: no DDS, the conversions and the control box are the node's."""

from collections import Counter

import numpy as np

from midp_ros.core.errors import MidpError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.robot_mode import RobotMode
from midp_ros.kinematics.self_collision import SelfCollision
from midp_ros.nodes.ros.conversions import target_from_message, trajectory_from_message
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.controllers import Tolerances

EPOCH_S = 1.8e9  # the graph's time when the simulation's is zero
TICK_S = 0.01


class StreamSession:
    """Plays streams, each on a freshly reset robot.

    Attributes:
        counts: events by how they were answered, reflexes by their errors.
        beyond_rad, too_fast_rad_s: how far any measured joint was beyond its position and velocity limits, (7,).
    """

    def __init__(self):
        self.simulation = Simulation("reach")
        self.counts = Counter()
        self.beyond_rad, self.too_fast_rad_s = np.full((2, 7), -np.inf)
        self._names = self.simulation.profile.joint_names

    @property
    def robot(self):
        return self.simulation.robot

    def play(self, stream, seed, duration_s):
        """Runs a stream from the reset of a seed on."""
        self.simulation.options = RobotOptions(
            reflexes=True, interface=stream.interface, controller=stream.controller, reactivate=seed % 3 > 0
        )
        self._reset(seed)
        self.simulation.options = RobotOptions(
            **{**vars(self.simulation.options), "interpolate_from_desired_state": seed % 2 > 0}
        )
        for tick in range(round(duration_s / TICK_S)):
            time_s = tick * TICK_S
            for event in stream.due(time_s, EPOCH_S + self.robot.time_s, self.simulation.arm.position_rad):
                self._answer(event)
            self.advance(TICK_S)

    def advance(self, duration_s):
        """Lets time pass and counts what stops the arm."""
        alive, robot, before = self.robot.alive, self.robot, len(self.robot.reflexes)
        self.simulation.advance(duration_s)
        self.counts["control node down"] += alive and not robot.alive
        for violation in robot.reflexes[before:]:
            self.counts["reflexes"] += 1
            for error in violation.errors:
                self.counts[f"reflex: {error}"] += 1

    def bring_back(self):
        """What an operator does after anything: afterwards the trajectory controller is in command."""
        robot = self.robot
        robot.push(None)
        robot.guide(False)
        robot.press_user_stop(False)
        robot.restart_control()
        self.advance(0.1)
        if robot.modes.mode is RobotMode.REFLEX:
            robot.recover()
        while robot.recovering:
            self.advance(TICK_S)
        if SelfCollision(self.simulation.model).touching(self.simulation.arm.position_rad):
            self._drag_away()
        self.simulation.switch("trajectory")
        self.advance(TICK_S)

    def move(self, way_rad, duration_s):
        """A smooth goal, which is within all limits; returns how far its end is from where it should be [rad]."""
        arm, u = self.simulation.arm, np.linspace(0, 1, 21)[:, None]
        goal_rad = arm.desired_rad + way_rad
        trajectory = JointTrajectory(
            self.robot.time_s + duration_s * u[:, 0],
            arm.desired_rad + (10 * u**3 - 15 * u**4 + 6 * u**5) * way_rad,
            (30 * u**2 * (1 - u) ** 2) * way_rad / duration_s,
            (60 * u - 180 * u**2 + 120 * u**3) * way_rad / duration_s**2,
        )
        self.robot.follow(trajectory, Tolerances.default(7))  # without those of an earlier goal
        self.advance(duration_s + 0.3)
        return np.abs(arm.position_rad - goal_rad).max()

    def _drag_away(self):
        """From where every command is a self-collision, guiding is the only way out."""
        self.simulation.switch("none")
        self.robot.guide(True)
        self.simulation.arm.place(self.simulation.profile.ready_rad)
        self.robot.guide(False)

    # --- inside ------------------------------------------------------------------------------------------------------
    def _reset(self, seed):
        self.simulation.reset(seed)
        arm, profile, read = self.simulation.arm, self.simulation.profile, self.simulation.arm.read

        def read_and_note():
            read()
            q, dq = arm.position_rad, arm.velocity_rad_s
            assert np.isfinite(q).all() and np.isfinite(dq).all()
            beyond = np.maximum(q - profile.position_max_rad, profile.position_min_rad - q)
            slowest, fastest = profile.velocity_range(q)
            self.beyond_rad = np.maximum(self.beyond_rad, beyond)
            self.too_fast_rad_s = np.maximum(self.too_fast_rad_s, np.maximum(dq - fastest, slowest - dq))

        arm.read = read_and_note

    def _answer(self, event):
        self.counts[event.kind] += 1
        try:
            getattr(self, f"_{event.kind}")(event.value)
        except MidpError:
            self.counts[f"{event.kind} refused"] += 1

    def _trajectory(self, message, goal=None):
        robot = self.robot
        self.robot.follow(
            trajectory_from_message(message, self._names, robot.time_s, lambda stamp_s: stamp_s - EPOCH_S), goal
        )

    def _goal(self, value):
        message, path, goal, goal_time_s = value
        path, goal = ({m.name: (m.position, m.velocity) for m in tolerances} for tolerances in (path, goal))
        self._trajectory(message, Tolerances.default(7).for_goal(self._names, path, goal, goal_time_s))

    def _target(self, message):
        stamp_s, target_rad = target_from_message(message)
        self.robot.follow_target(target_rad, stamp_s - EPOCH_S)

    def _move_to(self, value):
        self.robot.move_to(*(np.array(numbers) for numbers in value))

    def _controller(self, name):
        self.simulation.switch(name)

    def _cancel(self, _):
        self.robot.cancel_goal()

    def _user_stop(self, _):
        self.robot.press_user_stop(True)

    def _user_release(self, _):
        self.robot.press_user_stop(False)

    def _guide(self, _):
        self.robot.guide(True)

    def _unguide(self, _):
        self.robot.guide(False)

    def _recover(self, _):
        self.robot.recover()

    def _restart(self, _):
        self.robot.restart_control()

    def _push(self, wrench):
        self.robot.push(wrench)

    def _look(self, _):
        state = self.robot.state()
        assert np.isfinite(state.wrench_base).all() and np.isfinite(state.desired_twist).all()
