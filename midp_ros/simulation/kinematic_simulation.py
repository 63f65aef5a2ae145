"""A task's scene without physics: the arm is where it is commanded; imports core and kinematics."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.simulation.engine import PHYSICS_RATE_HZ
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.simulation import JUDGE_EVERY, Simulation


class MovableError(MidpError):
    """A task whose objects would have to move."""


class KinematicSimulation(Simulation):
    """The same robot, task and success, with motion commands followed exactly and no time spent on dynamics.

    The joints are those of the commanded trajectory, within their position limits; the task is judged as often as in
    the stand-in. Contacts are found, for tasks that fail by them, but push nothing, and there are no reflexes: it is an
    environment to learn in, not one to be judged in.

    Raises:
        MovableError: the task has objects that move.
    """

    _own: tuple[int, ...] = ()
    _trajectory: JointTrajectory | None = None

    def reset(self, seed: int) -> None:
        """As Simulation's."""
        super().reset(seed)
        mass_kg = [self.engine.client.getDynamicsInfo(b, -1)[0] for b in self._bodies() if b not in self._own]
        if any(mass_kg):
            raise MovableError(
                f"task {self.task.name!r} has objects that move, which takes physics: without kinematic, "
                "or learner.world=stand_in"
            )

    def _set_up(self) -> None:
        """The robot stays from episode to episode; the task's bodies go."""
        if not self._own:
            super()._set_up()
            super().place(self.profile.ready_rad)
            self._own = self._bodies()
        for body in self._bodies():
            if body not in self._own:
                self.engine.client.removeBody(body)

    def _bodies(self) -> tuple[int, ...]:
        client = self.engine.client
        return tuple(client.getBodyUniqueId(i) for i in range(client.getNumBodies()))

    @property
    def reflexes(self) -> list[Violation]:
        """None: nothing judges the commands."""
        return []

    def place(self, position_rad: Array) -> None:
        """See Simulation."""
        self.arm.place(position_rad)
        self._trajectory = None
        self._steps = self._satisfied_steps = 0
        self._success = False

    def follow(self, trajectory: JointTrajectory) -> None:
        """See Simulation; the trajectory begins now."""
        self._trajectory = trajectory

    def advance(self, duration_s: float) -> Array:
        """See Simulation; commanded positions are returned at the instants at which the task is judged, and the end."""
        first, last = self._steps, self._steps + round(duration_s * PHYSICS_RATE_HZ)
        judged = range(first - first % JUDGE_EVERY + JUDGE_EVERY, last + 1, JUDGE_EVERY)
        instants = sorted({*judged, last})
        touches = hasattr(self.task, "failed")
        states = self._states(np.array(instants) / PHYSICS_RATE_HZ)
        for instant, state in zip(instants, states, strict=True):
            self._steps = instant
            self.arm.carry(state, touches or self.engine.visuals)
            if instant % JUDGE_EVERY == 0:
                if touches:
                    self.engine.client.performCollisionDetection()
                self._judge()
        return np.array(states[:, 0])

    def _states(self, time_s: Array) -> Array:
        """Positions, velocities and accelerations (times, 3, joints), the positions within their limits."""
        if self._trajectory is None:
            states = np.zeros((len(time_s), 3, self.profile.joints))
            states[:, 0] = self.arm.desired_rad
            return states
        states = self._trajectory.states(time_s)
        states[:, 0] = states[:, 0].clip(self.profile.position_min_rad, self.profile.position_max_rad)
        return states
