"""Real-time priority for threads that must not be late; imports nothing of ours."""

from __future__ import annotations

import os

# Below the 50 of ros2_control's controller manager, which may run on the same machine.
# The stand-in is the control box, which is never busy: scheduled otherwise than the policy's loop its threads would
# wait for the loop's long turns, as ordinary threads are not moved to a free core at once.
STREAM_PRIORITY, STAND_IN_PRIORITY, LOOP_PRIORITY = 40, 20, 10
# A robot's publisher keeps one message of a topic at 1 kHz: a receiver that is not scheduled in time has lost it. The
# middleware's threads take a few microseconds for each; what the recorder then does may wait for the policy's loop.
RECEPTION_PRIORITY, RECORDER_PRIORITY = 15, 5


def lower_priority(priority: int = 0) -> None:
    """Lowers a real-time priority of the calling thread; 0: it shares the processor with all others again."""
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_FIFO if priority else os.SCHED_OTHER, os.sched_param(priority))


def real_time_problem(priority: int) -> str:
    """Puts the calling thread, and those that it starts from now on, under SCHED_FIFO; returns why not, if not."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as e:
        return f"no real-time priority ({e.strerror}): allow rtprio {priority} in /etc/security/limits.conf"
    return ""
