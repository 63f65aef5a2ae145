"""`midp data replay --onto graph`: the node `replay` in a process of its own, asked for before it moves.

Imports launching, recording and kinematics, no ROS.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import typer

from midp_ros.cli.datasets.replay import difference_from, read_one, show_difference, show_plan
from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.core.errors import MidpError
from midp_ros.launching import local_discovery

PATIENCE_S = 30.0  # for the first observations of the graph
POLL_S = 0.2
LEAVE_S = 10.0
STILL_S = 10.0  # a hold of that length is said


class ReplayError(MidpError):
    """A replay that did not begin, or ended early."""


def replay_on_graph(path: Path, robot: str, namespace: str, yes: bool) -> int:
    """Plays an episode onto a running graph; returns 0 where all of it was played."""
    from midp_ros.kinematics import RobotProfile
    from midp_ros.kinematics.robot_match import require_robot
    from midp_ros.recording.replay import ReplayPolicy

    episode = read_one(path)
    ReplayPolicy(episode)  # refuses what cannot be replayed, before anything starts
    profile = RobotProfile.load(robot or episode.contract.robot)
    require_robot(episode.contract.robot, profile)
    show_plan(episode, profile)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        process = _start(path.resolve(), report, robot, namespace)
        try:
            start = _wait(process, report)["start"]
            away = f"{1e3 * start['position_m']:.0f} mm and {np.degrees(start['rotation_rad']):.0f} degrees"
            say(f"the arm is {away} from the recorded start; it goes there slowly, in a straight line")
            if not yes and not typer.confirm("replay it on this arm?", default=False):
                return 0
            _confirm(namespace)
            _follow(process, report)
            found = _read(report)
            show_difference(difference_from(json.dumps(found["difference"])), len(episode), found["interruptions"])
        finally:
            _end(process)
    return 0


def _start(path: Path, report: Path, robot: str, namespace: str) -> subprocess.Popen[bytes]:
    given = {"episode": str(path), "report": str(report), **({"robot": robot} if robot else {})}
    command = [sys.executable, "-m", "midp_ros.nodes.replay_node", "--ros-args"]
    command += [part for name, text in given.items() for part in ("-p", f"{name}:={text}")]
    if namespace.strip("/"):
        command += ["-r", f"__ns:=/{namespace.strip('/')}"]
    # Ctrl-C reaches this process alone; it then ends the node, which brings the arm to rest.
    return subprocess.Popen(command, env={**local_discovery(), **os.environ}, start_new_session=True)


def _wait(process: subprocess.Popen[bytes], report: Path) -> dict[str, Any]:
    """The node's first report: it has observed the arm."""
    until_s = time.monotonic() + PATIENCE_S
    with plain_console(stderr=True).status("waiting for the arm's observations"):
        while not report.exists():
            if process.poll() is not None:
                raise ReplayError(f"the replay ended before it began, with status {process.returncode}")
            if time.monotonic() > until_s:
                raise ReplayError(f"no observations within {PATIENCE_S:.0f} s; is its graph running? `midp doctor`")
            time.sleep(POLL_S)
    return _read(report)


def _confirm(namespace: str) -> None:
    command = [sys.executable, "-m", "midp_ros.nodes.operator_node", "--ros-args"]
    command += ["-p", "verb:=confirm", "-p", "node:='replay'"]
    if namespace.strip("/"):
        command += ["-r", f"__ns:=/{namespace.strip('/')}"]
    if subprocess.run(command, env={**local_discovery(), **os.environ}, stdout=subprocess.DEVNULL).returncode:
        raise ReplayError("the replay did not take the confirmation")


def _follow(process: subprocess.Popen[bytes], report: Path) -> None:
    console, stood_s, done = plain_console(stderr=True), time.monotonic(), -1
    with progress_bar(console, transient=True) as progress:
        bar = progress.add_task("replaying", total=_read(report)["steps"])
        while True:
            found = _read(report)
            progress.update(bar, completed=found["done"])
            if found["done"] != done:
                stood_s, done = time.monotonic(), found["done"]
            elif time.monotonic() > stood_s + STILL_S:
                stood_s = math.inf  # once
                say(
                    f"the replay stands still at step {done}: `midp status --node replay` gives the reason; Ctrl-C "
                    "ends it",
                    "yellow",
                    console=console,
                )
            if "difference" in found:
                return
            if process.poll() is not None:
                raise ReplayError(f"the replay ended after {found['done']} of {found['steps']} steps")
            time.sleep(POLL_S)


def _read(report: Path) -> dict[str, Any]:
    return dict(json.loads(report.read_text()))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the node, which brings the arm to rest."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        process.wait(LEAVE_S)
    except subprocess.TimeoutExpired:  # it hangs
        process.kill()
        process.wait()
