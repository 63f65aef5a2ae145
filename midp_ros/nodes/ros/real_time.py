"""Real-time priority for threads that must not be late; imports nothing of ours."""

from __future__ import annotations

import os

# Below the 50 of ros2_control's controller manager, which may run on the same machine.
# The stand-in is the control box, which is never busy: scheduled otherwise than the policy's loop its threads would
# wait for the loop's long turns, as ordinary threads are not moved to a free core at once.
STREAM_PRIORITY, STAND_IN_PRIORITY, LOOP_PRIORITY = 40, 20, 10


def real_time_problem(priority: int) -> str:
    """Puts the calling thread, and those that it starts from now on, under SCHED_FIFO; returns why not, if not."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as e:
        return f"no real-time priority ({e.strerror}): allow rtprio {priority} in /etc/security/limits.conf"
    return ""
