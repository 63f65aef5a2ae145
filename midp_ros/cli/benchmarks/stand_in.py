"""`midp bench --stand-in`: asked and measured rates of the stand-in's topics, and what they cost; imports doctor.

The stand-in runs as a process of its own, its arm at rest; another process listens to every topic at once, which is the
most that the stand-in ever publishes.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from midp_ros.cli.benchmarks.node_process import cpu_share, node_process

FAST_RATES_HZ = (100.0, 200.0, 250.0, 500.0, 1000.0)
LISTENED_S = 8.0
START_S = 6.0
SAMPLE_S = 0.5
BROADCASTER = "/franka_robot_state_broadcaster"
# Which parameter <name>_rate_hz asks for a topic's rate.
TOPICS = {
    f"{BROADCASTER}/robot_state": "robot_state",
    f"{BROADCASTER}/current_pose": "convenience",
    f"{BROADCASTER}/last_desired_pose": "convenience",
    f"{BROADCASTER}/desired_end_effector_twist": "convenience",
    f"{BROADCASTER}/measured_joint_states": "convenience",
    f"{BROADCASTER}/desired_joint_states": "convenience",
    f"{BROADCASTER}/external_joint_torques": "convenience",
    f"{BROADCASTER}/external_wrench_in_base_frame": "convenience",
    f"{BROADCASTER}/external_wrench_in_stiffness_frame": "convenience",
    "/franka/joint_states": "arm",
    "/joint_states": "joint_state",
    "/franka_gripper/joint_states": "gripper",
    "/tf": "tf",
}
SLOW_RATES_HZ = {"joint_state": 30.0, "gripper": 15.0, "tf": 30.0}


def stand_in_figures() -> dict[str, float]:
    """Share of one core without and with subscribers to all topics, and measured rates [Hz] by the requested one."""
    with running(FAST_RATES_HZ[0]) as process:
        figures = {"cpu_share_unheard": cpu_share(process.pid, LISTENED_S)}
    for rate_hz in FAST_RATES_HZ:
        share, heard_hz = listened(rate_hz)
        figures[f"cpu_share_at_{rate_hz:.0f}_hz"] = share
        for topic, measured_hz in heard_hz.items():
            figures[f"{topic}_asked_{SLOW_RATES_HZ.get(TOPICS[topic], rate_hz):.0f}_hz"] = measured_hz
    return figures


def listened(rate_hz: float) -> tuple[float, dict[str, float]]:
    """Share of one core and measured rate [Hz] by topic, with a listener to them all."""
    from midp_ros.doctor.live_snapshot import take_snapshot

    with running(rate_hz) as process, ThreadPoolExecutor(1) as pool:
        listening = pool.submit(take_snapshot, list(TOPICS), LISTENED_S)
        shares = []
        while not listening.done():
            shares.append(cpu_share(process.pid, SAMPLE_S))
        received = listening.result().received
    # The listener needs some seconds to find the topics: the median falls into the time after.
    return float(np.median(shares)), {topic: received[topic].rate_hz or 0.0 for topic in TOPICS if topic in received}


@contextmanager
def running(rate_hz: float) -> Iterator[subprocess.Popen[str]]:
    """The stand-in, started and warm, with all that a robot publishes at 1 kHz at this rate [Hz]."""
    rates_hz = dict.fromkeys(("robot_state", "convenience", "arm"), rate_hz) | SLOW_RATES_HZ
    parameters = {f"{name}_rate_hz": hz for name, hz in rates_hz.items()} | {"update_rate_hz": rate_hz}
    with node_process("simulation_node", parameters) as process:
        time.sleep(START_S)
        yield process
