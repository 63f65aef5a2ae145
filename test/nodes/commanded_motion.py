"""The joint positions that a stand-in was commanded, at 1 kHz, and what they say by finite differences."""

import numpy as np

from midp_ros.kinematics import RobotProfile

PROFILE = RobotProfile.load("fr3")
CYCLE_S = 1e-3


class CommandedMotion:
    """Listens in on a stand-in of this process, from now on."""

    def __init__(self, node):
        self._batches, self._robot = [], lambda: node._simulation.robot
        advance = node._simulation.advance

        def listening(duration_s):
            self._batches.append(advance(duration_s))
            return self._batches[-1]

        node._simulation.advance = listening

    @property
    def position_rad(self):
        return np.concatenate([np.empty((0, 7)), *self._batches])

    @property
    def speed_rad_s(self):
        """Fastest joint in each millisecond."""
        return np.abs(np.diff(self.position_rad, axis=0)).max(axis=1) / CYCLE_S

    @property
    def moves(self):
        return bool(self.speed_rad_s[-50:].max(initial=0.0) > 0.05)

    @property
    def rests(self):
        return len(self.speed_rad_s) > 50 and bool(self.speed_rad_s[-50:].max() < 1e-6)

    def assert_smooth(self):
        """Nothing that a Franka would stop for: no reflex, and by backward Euler within every limit."""
        assert not self._robot().reflexes, [violation.reason for violation in self._robot().reflexes]
        q = self.position_rad
        tolerance = 1e-6  # of rounding
        for order, limit in enumerate((PROFILE.acceleration_max_rad_s2, PROFILE.jerk_max_rad_s3), 2):
            highest = np.abs(np.diff(q, order, axis=0)).max(axis=0) / CYCLE_S**order
            assert (highest <= limit + tolerance / CYCLE_S ** (order - 1)).all(), (order, highest)
        slowest, fastest = PROFILE.velocity_range(q[:-1])
        velocity = np.diff(q, axis=0) / CYCLE_S
        assert ((velocity >= slowest - tolerance) & (velocity <= fastest + tolerance)).all()
