"""joint_trajectory_controller 4.42 update by update, written from its C++ source, independent of midp_ros' own one.

With `refuses_steps` it is the one of controllers/, which takes only what continues the running motion.
Position interface on hardware that follows at once, as mock_components does. Quintics are found by linear equations.
"""

import numpy as np

PERIOD_S = 0.001


def _rows(t):
    """Derivatives 0 to 2 of the monomials 1, t .. t^5."""
    return np.array(
        [
            [1, t, t**2, t**3, t**4, t**5],
            [0, 1, 2 * t, 3 * t**2, 4 * t**3, 5 * t**4],
            [0, 0, 2, 6 * t, 12 * t**2, 20 * t**3],
        ]
    )


def quintic(start, end, lasts_s):
    """Coefficients (6, joints) of the quintic between two states (3, joints)."""
    return np.linalg.solve(np.vstack([_rows(0.0), _rows(lasts_s)]), np.vstack([start, end]))


class ControllerModel:
    """Holds until it is given a trajectory."""

    def __init__(self, position_rad, from_desired=False, refuses_steps=False):
        self.from_desired, self.refuses_steps = from_desired, refuses_steps
        still = np.zeros_like(position_rad)
        self.times_s, self.points = np.zeros(1), np.stack([[position_rad, still, still]])
        self.start_s, self.sampled, self.before = 0.0, False, None
        self.commanded, self.commanded_s = self.points[0], None
        self.measured = [np.array(position_rad)] * 2
        self.refused, self.segments = 0, {}

    def receive(self, stamp_s, times_s, points, now_s):
        """topic_callback: times since the stamp, which is 0 for `on arrival`; points (n, 3, joints)."""
        if stamp_s and stamp_s + times_s[-1] < now_s:
            self.refused += 1
            return
        if self.refuses_steps and not self._continues(stamp_s or now_s, times_s, points, now_s + PERIOD_S):
            self.refused += 1
            return
        self.times_s, self.points, self.start_s, self.sampled = np.asarray(times_s), np.asarray(points), stamp_s, False
        self.segments = {}

    def update(self, now_s):
        """One cycle; returns the commanded positions (joints,)."""
        if not self.sampled:
            before, now = self.measured
            measured = np.stack([now, (now - before) / PERIOD_S, np.zeros_like(now)])
            if self.from_desired:
                self.before = (self.commanded_s if self.commanded_s is not None else now_s), self.commanded
            else:
                self.before = now_s, measured
            self.start_s, self.sampled, self.segments = self.start_s or now_s, True, {}
        self.reference = self._sample(now_s)
        self.commanded, self.commanded_s = self._sample(now_s + PERIOD_S), now_s
        self.measured = [self.measured[1], self.commanded[0]]
        return self.commanded[0]

    def _continues(self, start_s, times_s, points, time_s):
        """One whose first point lies ahead is not looked at: nothing of the kind is sent to it."""
        other = ControllerModel(points[0, 0])
        other.times_s, other.points, other.start_s = np.asarray(times_s), np.asarray(points), start_s
        if time_s < start_s + times_s[0]:
            return False
        apart = np.abs(np.asarray(other._sample(time_s)) - self._sample(time_s)).max(axis=1)
        return bool((apart <= [1e-5, 2e-3, 1.0]).all())

    def _sample(self, time_s):
        t = time_s - self.start_s
        if t < self.times_s[0] - 1e-9:
            before_s, state = self.before
            lasts_s = self.start_s + self.times_s[0] - before_s
            return self._along(-1, state, self.points[0], lasts_s, time_s - before_s)
        i = int(np.searchsorted(self.times_s, t + 1e-9)) - 1
        if i >= len(self.times_s) - 1:
            return self.points[-1]
        lasts_s = self.times_s[i + 1] - self.times_s[i]
        return self._along(i, self.points[i], self.points[i + 1], lasts_s, t - self.times_s[i])

    def _along(self, segment, start, end, lasts_s, t):
        if segment not in self.segments:
            self.segments[segment] = quintic(start, end, lasts_s)
        return _rows(t) @ self.segments[segment]
