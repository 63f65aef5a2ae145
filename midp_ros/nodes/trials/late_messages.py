"""`late_messages`: passes trajectories on late, out of order, or not at all; imports rclpy.

Stands between a policy and its controller in trials (`midp bench --late`).
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
from typing import Any

import numpy as np
from rclpy.node import Node
from trajectory_msgs.msg import JointTrajectory

from midp_ros.nodes.ros.parameters import Parameter, declare, value

PARAMETERS = (
    Parameter("source", "late/joint_trajectory", "topic of what is passed on"),
    Parameter("target", "fr3_arm_controller/joint_trajectory", "topic where it is passed on"),
    Parameter("longest_delay_s", 0.3, "of most messages, from 0 on, evenly [s]", 0.0, 2.0),
    Parameter("rare_delay_s", 1.0, "of a few messages [s]", 0.0, 2.0),
    Parameter("rare_share", 0.02, "of messages with that delay", 0.0, 1.0),
    Parameter("lost_share", 0.02, "of messages that are not passed on", 0.0, 1.0),
    Parameter("seed", 0, "of the delays and losses", 0, 2**31 - 1),
)
DEPTH = 100


class LateMessages(Node):
    """One thread for all messages; each leaves when it is due, whatever came later."""

    def __init__(self, **options: Any) -> None:
        super().__init__("late_messages", **options)
        declare(self, PARAMETERS)
        self._rng = np.random.default_rng(value(self, "seed"))
        self._publisher = self.create_publisher(JointTrajectory, value(self, "target"), DEPTH)
        self._waiting: list[tuple[float, int, bytes]] = []
        self._count, self._changed, self._open = itertools.count(), threading.Condition(), True
        self._thread = threading.Thread(target=self._pass_on, daemon=True)
        self._thread.start()
        self.create_subscription(JointTrajectory, value(self, "source"), self._take, DEPTH, raw=True)

    def close(self) -> None:
        """Passes on nothing more."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _take(self, data: bytes) -> None:
        fate = self._rng.uniform()
        if fate < value(self, "lost_share"):
            return
        rare = fate < value(self, "lost_share") + value(self, "rare_share")
        delay_s = value(self, "rare_delay_s") if rare else self._rng.uniform(0.0, value(self, "longest_delay_s"))
        with self._changed:
            heapq.heappush(self._waiting, (time.monotonic() + delay_s, next(self._count), data))
            self._changed.notify()

    def _pass_on(self) -> None:
        with self._changed:
            while self._open:
                left_s = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if left_s is None or left_s > 0.0:
                    self._changed.wait(left_s)
                else:
                    self._publisher.publish(heapq.heappop(self._waiting)[2])


def main() -> None:
    """Entry point."""
    from midp_ros.nodes.ros.starting import start

    start("trials.late_messages:LateMessages")


if __name__ == "__main__":
    main()
