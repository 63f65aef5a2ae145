"""Stop trajectory: from a moving state to rest within the limits; imports control's limits."""

from __future__ import annotations

import numpy as np

from midp_ros.control.shaping.limits import MotionLimits
from midp_ros.control.shaping.stop_on_grid import StopOnGrid
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory

State = tuple[Array, Array, Array]


def stop_trajectory(time_s: float, state: State, limits: MotionLimits, period_s: float) -> JointTrajectory:
    """The trajectory that stops all joints within the limits.

    They come to rest together, or, where the range of one ends sooner, each as soon as it can.

    Args:
        state: position [rad], velocity [rad/s] and acceleration [rad/s^2] at `time_s`, each (joints,).

    Returns:
        Points at every period, with accelerations: the quintics between them keep the limits.
    """
    start = np.stack(state)
    brake = StopOnGrid.plan(limits, period_s, start, together=True)
    if not brake.within(limits).all():
        brake = StopOnGrid.plan(limits, period_s, start)
    passed = np.arange(brake.total_periods.max() + 1)
    states = brake.after(np.broadcast_to(passed[:, None], (len(passed), start.shape[1])))
    return JointTrajectory(time_s + period_s * passed, states[:, 0], states[:, 1], states[:, 2])
