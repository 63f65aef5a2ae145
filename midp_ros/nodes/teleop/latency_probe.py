"""Latency probe: the stick that is pushed, and the command that answers it; imports conversions and rclpy.

From rest it begins to publish a velocity, and waits for the first trajectory that moves the arm. Then it lets go, and
begins again once the trajectories rest. What is timed is what a device and a controller see: from the message's
publication to the command's arrival.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from random import Random

import numpy as np
import rclpy
from geometry_msgs.msg import TwistStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from trajectory_msgs.msg import JointTrajectory

from midp_ros.core.errors import MidpError
from midp_ros.nodes.ros.conversions import seconds_from_stamp, trajectory_from_message
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.polled_subscription import PolledSubscription
from midp_ros.nodes.ros.real_time import LOOP_PRIORITY, real_time_problem
from midp_ros.nodes.ros.running import initialise

PARAMETERS = (
    Parameter("seconds", 30.0, "how long it measures [s]", 1.0, 3600.0),
    Parameter("controller", "fr3_arm_controller", "whose trajectories it reads"),
    Parameter("device_rate_hz", 100.0, "of the device [Hz]", 10.0, 1000.0),
)
TOPIC = "/teleop/delta_twist_cmds"
SPEED_M_S, PUSHED_S, REST_S = 0.1, 0.1, 0.25
AT_REST_RAD = 2e-5  # between the points of a trajectory; a push of 50 ms is a hundred times as much
LOOK_S, PATIENCE_S = 0.0005, 20.0


class LatencyProbe(Node):
    """One stick and one ear on the arm controller's topic."""

    def __init__(self) -> None:
        super().__init__("teleop_latency")
        declare(self, PARAMETERS)
        self._stick = self.create_publisher(TwistStamped, TOPIC, 10)
        topic = f"/{value(self, 'controller')}/joint_trajectory"
        qos = QoSProfile(depth=100, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._commands = PolledSubscription(self, JointTrajectory, topic, qos)
        self._random, self._sign, self._sent_s = Random(0), 1.0, 0.0
        self._period_s = 1.0 / value(self, "device_rate_hz")

    def measure(self) -> None:
        """Prints samples until the time is over; raises MidpError where no trajectory answers."""
        self._wait(lambda: self._stick.get_subscription_count() > 0, "no node teleop takes part")
        self._wait(lambda: self._moved(0.0) is not None, "no trajectory was published")
        end_s = time.monotonic() + value(self, "seconds")
        while time.monotonic() < end_s:
            self._rest(REST_S + self._random.uniform(0.0, 0.05))
            sample = self._push()
            if sample is not None:
                print(json.dumps(sample), flush=True)

    # --- inside ------------------------------------------------------------------------------------------------------
    def _push(self) -> dict[str, float] | None:
        self._sign = -self._sign
        pushed_s, answer = time.time(), None
        self._publish(self._sign * SPEED_M_S)
        while time.time() < pushed_s + PUSHED_S:
            moved = self._moved(pushed_s)
            if answer is None and moved is not None and moved[1] is not None:
                answer = {"to_command_s": moved[0] - pushed_s, "to_motion_s": moved[1] - pushed_s}
            self._keep(self._sign * SPEED_M_S)
        return answer

    def _rest(self, least_s: float) -> None:
        """Lets go until trajectories rest, for a while [s] at least."""
        begun_s, rested = time.time(), False
        while time.time() < begun_s + least_s or not rested:
            moved = self._moved(0.0)
            rested = rested if moved is None else moved[1] is None
            self._keep(0.0)
            if time.time() > begun_s + PATIENCE_S:
                raise MidpError(f"the arm did not come to rest within {PATIENCE_S:g} s")

    def _moved(self, since_s: float) -> tuple[float, float | None] | None:
        """When the newest trajectory that came after a time arrived, and when it begins to move; None without one.

        Of several the first that moves.
        """
        found: tuple[float, float | None] | None = None
        for taken in self._commands.take():
            arrived_s = time.time() - taken.waited_s
            message = self._commands.message(taken)
            if taken.published_s < since_s or not message.points:
                continue
            trajectory = trajectory_from_message(message, message.joint_names, seconds_from_stamp(message.header.stamp))
            away = np.abs(trajectory.position_rad - trajectory.position_rad[0]).max(axis=1)
            moves = away[-1] > AT_REST_RAD
            if found is None or found[1] is None:
                found = arrived_s, float(trajectory.time_s[(away > AT_REST_RAD).argmax()]) if moves else None
        return found

    def _keep(self, speed_m_s: float) -> None:
        if time.time() >= self._sent_s + self._period_s:
            self._publish(speed_m_s)
        time.sleep(LOOK_S)

    def _publish(self, speed_m_s: float) -> None:
        message = TwistStamped()
        message.twist.linear.y = speed_m_s
        self._sent_s = time.time()
        self._stick.publish(message)

    def _wait(self, met: Callable[[], bool], problem: str) -> None:
        end_s = time.time() + PATIENCE_S
        while not met():
            self._keep(0.0)
            if time.time() > end_s:
                raise MidpError(f"{problem} within {PATIENCE_S:g} s")


def run_probe() -> None:
    """A process's work; ends with 1 and one line on stderr where nothing can be measured."""
    # As a controller's process has: on a busy machine it would else measure how late it is itself.
    real_time_problem(LOOP_PRIORITY)
    initialise()
    node = LatencyProbe()
    try:
        node.measure()
    except KeyboardInterrupt:
        pass
    except MidpError as e:
        raise SystemExit(f"error: {e}") from None
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
