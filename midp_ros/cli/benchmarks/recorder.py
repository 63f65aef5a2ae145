"""`midp bench --recorder`: what the recorder costs and loses beside a policy, and what a kill of it loses.

Every topic of the robot comes at 1 kHz, two cameras at 30 Hz. Messages that were lost are counted by the numbers that
their publishers give them.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from midp_ros.cli.benchmarks.core_stalls import CoreStalls
from midp_ros.cli.benchmarks.node_process import cpu_s, node_process, resident_mb
from midp_ros.core.errors import CommandError, FileFormatError
from midp_ros.core.stamp import seconds

TASK, ROBOT_HZ, CAMERA_HZ = "pick", 1000.0, 30.0
START_S, LONGEST_START_S = 12.0, 90.0  # until the policy moves the arm; until the recorder is there
KILLS, TRIES = 50, 6
LONGEST_RUN_S = 2.0  # before a kill
FED_HZ, MESSAGE_BYTES = 2000, 1000


def recorder_figures(minutes: float, kills: int = KILLS) -> dict[str, float]:
    """Share of one core [1] and lost messages over the given time, and the worst of some kills."""
    folder = Path(tempfile.mkdtemp(prefix="midp_bench_"))
    try:
        return load_figures(folder / "load", minutes) | kill_figures(folder / "kills", kills)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load_figures(folder: Path, minutes: float) -> dict[str, float]:
    """Records one episode of a running policy. `longest_core_stall_s` is not the load's but the machine's."""
    fast = dict.fromkeys(("robot_state_rate_hz", "arm_rate_hz", "convenience_rate_hz", "update_rate_hz"), ROBOT_HZ)
    recorder = {"task": TASK, "policy": "policy", "by_operator": "true", "resets": "false", "bell": "false"}
    with ExitStack() as nodes:
        start = lambda name, **options: nodes.enter_context(node_process(name, options, quiet=True))  # noqa: E731
        start("simulation_node", task=TASK, **fast)
        start("policy_node", model=TASK)
        start("picture_stream", rate_hz=CAMERA_HZ)
        process = start("recorder_node", **recorder, cameras="'front,wrist'", out=str(folder))
        time.sleep(START_S)
        _wait_for(process)
        _operator("start")
        began_s, spent_s = time.monotonic(), cpu_s(process.pid)
        with CoreStalls() as stalls:
            time.sleep(60 * minutes)
        share = (cpu_s(process.pid) - spent_s) / (time.monotonic() - began_s)
        memory_mb = resident_mb(process.pid)
        for verb in ("stop", "keep"):
            _operator(verb)
    return {
        "recorder_cpu_share": share,
        "recorder_rss_mb": memory_mb,
        "longest_core_stall_s": stalls.longest_s,
        **counted(folder),
    }


def counted(folder: Path) -> dict[str, float]:
    """Messages, losses and rates of the episode in a folder."""
    from midp_ros.recording import recorded_info

    topics = recorded_info(folder)[0]["report"]["topics"]
    size = sum(path.stat().st_size for path in folder.rglob("*.mcap"))
    short = {
        "joint_states": "/franka/joint_states",
        "robot_state": "/franka_robot_state_broadcaster/robot_state",
        "front_camera": "/camera/front/image_raw",
        "wrist_camera": "/camera/wrist/image_raw",
    }
    return {
        "recorded_messages": float(sum(each["count"] for each in topics.values())),
        "lost_messages": float(sum(each.get("lost", 0) for each in topics.values())),
        "recorded_mb": size / 1e6,
        **{f"{name}_hz": topics.get(topic, {}).get("rate_hz", 0.0) for name, topic in short.items()},
    }


def kill_figures(folder: Path, kills: int) -> dict[str, float]:
    """Kills a process that records at a random moment, time after time, and repairs what it leaves."""
    from midp_ros.recording import recorded_info
    from midp_ros.recording.bag.bag_reader import BagReader
    from midp_ros.recording.bag.repair import repair, unfinished_bags

    lost_s, gaps, finished_lost, rng = [], 0, 0, random.Random(0)
    for k in range(kills):
        out = folder / f"{k}"
        command = [sys.executable, "-c", f"from {__name__} import feed; feed({str(out)!r})"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0.0, LONGEST_RUN_S))
            os.kill(process.pid, signal.SIGKILL)
            lines = [line for line in process.stdout if line.endswith("\n")]
        if not lines:
            continue  # killed before anything was handed over
        handed_over_s = float(lines[-1])
        finished_lost += 1 - len(recorded_info(out))
        for left in unfinished_bags(out):
            try:
                messages = [m for _, m in BagReader(repair(left).path).messages()]
            except FileFormatError:  # nothing was whole yet
                messages = []
            numbers = [m.sequence for m in messages]
            gaps += numbers != list(range(1, len(numbers) + 1))
            began_s = float(lines[0])
            lost_s.append(handed_over_s - (seconds(messages[-1].log_ns) if messages else began_s))
        shutil.rmtree(out, ignore_errors=True)
    return {
        "kills": float(kills),
        "most_lost_in_a_kill_s": max(lost_s, default=float("nan")),
        "kills_with_gaps": float(gaps),
        "finished_episodes_lost": float(finished_lost),
    }


def feed(folder: str) -> None:
    """Records a finished episode, then one at 2 kHz without an end; prints the time of what it has handed over."""
    from midp_ros.core.contract import Contract
    from midp_ros.recording.bag.recording_thread import STRING, Received, RecordedTopic, text_message
    from midp_ros.recording.session import RecordingSession

    def batch(first: int, number: int) -> list[Received]:
        now_ns = time.time_ns()
        return [(0, first + k, now_ns, now_ns, data) for k in range(number)]

    data = text_message({"event": "x", "time_s": 0.0, "text": os.urandom(MESSAGE_BYTES // 2).hex()})
    session = RecordingSession(folder, Contract.load(TASK), {"midp_info": {}}, [RecordedTopic("/fed", STRING)])
    session.start({})
    session.put(batch(1, 100))
    session.stop({})
    session.keep()
    session.start({})
    print("started", flush=True)
    sent, began_s = 0, time.monotonic()
    while True:
        wanted = int((time.monotonic() - began_s) * FED_HZ)
        session.put(batch(sent + 1, wanted - sent))
        sent = wanted
        print(f"{time.time():.6f}", flush=True)
        time.sleep(0.01)


def _wait_for(recorder: subprocess.Popen[str]) -> None:
    """Until the recorder answers: on a busy machine it takes longer to start than the policy to move the arm."""
    end_s = time.monotonic() + LONGEST_START_S
    while True:
        try:
            return _operator("status")
        except CommandError:
            if (status := recorder.poll()) is not None:
                raise CommandError(f"the recorder ended with status {status} before it began") from None
            if time.monotonic() > end_s:
                raise


def _operator(verb: str) -> None:
    command: list[Any] = [sys.executable, "-m", "midp_ros.nodes.episode_call", "--ros-args", "-p", f"verb:={verb}"]
    from midp_ros.launching import local_discovery

    environment = {**os.environ, **local_discovery()}
    done = subprocess.run([*command, "-p", "node:=recorder"], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise CommandError(f"the recorder did not {verb}: {(done.stderr or done.stdout).strip()}")
