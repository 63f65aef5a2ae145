"""`midp bench --late`: the policy on a bad way to its controller; imports launching's discovery only.

The stand-in commands positions, each of which it judges as a Franka does: a step is a reflex. Between policy and
controller each trajectory is delayed by 0 to 0.3 s, one in fifty by 1 s, and one in fifty is lost. The policy is
stopped for 0.3 s every 10 s, and two processes keep the machine busy.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midp_ros.cli.benchmarks.node_process import node_process
from midp_ros.core.errors import MidpError

TASK, CONTROLLER, BUSY = "reach", "fr3_arm_controller", 2
EPISODE_S = 6.0  # with its reset
STOP_EVERY_S, STOPPED_S = 10.0, 0.3
TOPIC = f"{CONTROLLER}/joint_trajectory"


def late_figures(minutes: float) -> dict[str, float]:
    """Episodes, the share that succeeded, the mean time of those [s], and how often the robot stopped the arm.

    Raises:
        MidpError: the evaluation ended early.
    """
    episodes = max(1, round(60.0 * minutes / EPISODE_S))
    policy = {"model": TASK, "autostart": "false"}
    with tempfile.TemporaryDirectory() as folder:
        scores = Path(folder) / "scores.json"
        evaluation = {"task": TASK, "episodes": episodes, "json": scores}
        with (
            node_process("simulation_node", {"task": TASK, "interface": "position"}, quiet=True),
            node_process("trials.late_messages", {"source": f"late/{TOPIC}", "target": TOPIC}, quiet=True),
            node_process("policy_node", policy, quiet=True, remaps={TOPIC: f"late/{TOPIC}"}) as driver,
            _busy(),
            _stopped_at_times(driver.pid),
            node_process("evaluation_node", evaluation, quiet=True, stdout=subprocess.DEVNULL) as runs,
        ):
            runs.wait()
        if not scores.is_file():
            raise MidpError("the evaluation ended early; run it by itself to see why: midp evaluate --ros")
        found = json.loads(scores.read_text())
    return {
        "late_episodes": float(len(found["episodes"])),
        "late_success_rate": found["success_rate"],
        "late_mean_time_to_success_s": float(found["mean_time_to_success_s"] or float("nan")),
        "late_reflexes": float(found["reflexes"]),
    }


@contextmanager
def _busy() -> Iterator[None]:
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(BUSY)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextmanager
def _stopped_at_times(pid: int) -> Iterator[None]:
    """Meanwhile the process is stopped for a moment again and again."""
    over = threading.Event()

    def stop() -> None:
        while not over.wait(STOP_EVERY_S):
            os.kill(pid, signal.SIGSTOP)
            over.wait(STOPPED_S)
            os.kill(pid, signal.SIGCONT)

    thread = threading.Thread(target=stop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
