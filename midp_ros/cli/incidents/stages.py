"""The ways in which a certificate runs a model: in process, over ROS, through libfranka; imports cli's evaluation."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.certify import Margin, Stage
from midp_ros.cli.evaluation import episodes as evaluation
from midp_ros.cli.evaluation.camera_arguments import camera_arguments
from midp_ros.cli.evaluation.episodes import Job
from midp_ros.cli.evaluation.outcome import Stopped, collect
from midp_ros.cli.incidents.journal import Journal
from midp_ros.core.contract import Contract
from midp_ros.launching import local_discovery
from midp_ros.launching.domains import free_domain

IN_PROCESS, ROS = "in_process", "ros"
LIBFRANKA = {f"libfranka_{mode}": mode for mode in ("position", "velocity", "torque")}
STAGES = (IN_PROCESS, ROS, *LIBFRANKA)
ROS_DELAY_S, ROS_LOSS = 0.05, 0.02
CONDITIONS = {
    IN_PROCESS: "the strict stand-in in simulated time: every commanded millisecond is judged",
    ROS: f"nodes over ROS in real time, position interface, each inference {1000 * ROS_DELAY_S:.0f} ms later, "
    f"{ROS_LOSS:.0%} of the states and poses lost",
    **{name: f"through libfranka and Franka's control interface, {mode} commands" for name, mode in LIBFRANKA.items()},
}
EPISODE_S, START_S = 25.0, 60.0  # the longest that an episode over ROS and the graph's start may take


def unknown_stages(names: Sequence[str]) -> list[str]:
    """Those names that are no stage."""
    return [name for name in names if name not in STAGES]


def planned(names: Sequence[str], contract: Contract, episodes: int, ros_episodes: int) -> dict[str, int]:
    """Episodes of each stage that is asked for and can be run here."""
    counts = {name: min(episodes, ros_episodes) if name == ROS else episodes for name in names}
    return {name: count for name, count in counts.items() if not _missing(name, contract)}


def run_stage(name: str, model: Path, task: str, seeds: range, jobs: int, folder: Path) -> tuple[Stage, bool]:
    """Runs one stage; returns it, and whether it was interrupted. What there is is kept for the next run."""
    contract = evaluation.load_policy(Job(str(model), task)).contract
    if problem := _missing(name, contract):
        return Stage(name, CONDITIONS[name], problem, len(seeds)), False
    if name == ROS:
        return _over_ros(model, task, seeds, folder, contract)
    return _in_simulated_time(name, model, task, seeds, jobs, folder)


def _missing(name: str, contract: Contract) -> str:
    """What a stage lacks on this machine, or for a contract; empty where nothing."""
    if name in LIBFRANKA and contract.images:
        return "the simulation behind libfranka has no cameras, which this model needs"
    if name in LIBFRANKA and find_spec("pylibfranka") is None:
        return "libfranka is not installed; pip install 'midp_ros[fci]' brings it"
    if name == ROS and find_spec("rclpy") is None:
        return "ROS 2 is not there: source one, or `make setup`"
    return ""


# --- simulated time ---------------------------------------------------------------------------------------------------
def _in_simulated_time(name: str, model: Path, task: str, seeds: range, jobs: int, folder: Path) -> tuple[Stage, bool]:
    through, mode = ("libfranka", LIBFRANKA[name]) if name in LIBFRANKA else ("", "position")
    job = evaluation.checked(Job(str(model), task, certified=True, through=through, mode=mode))
    settings = {k: v for k, v in asdict(job).items() if k not in ("model", "keep_observations")}
    journal = Journal(folder, name, settings)
    known = {seed: e for seed, e in journal.read().items() if seed in seeds}
    begun_s = time.monotonic()

    def take(episode: dict[str, Any]) -> None:
        known[episode["seed"]] = episode
        journal.add(episode)

    left = [seed for seed in seeds if seed not in known]
    stopped = collect(evaluation.run(job, left, jobs), len(left), name, take) if left else Stopped()
    results = [known[seed] for seed in sorted(known)]
    problem = "interrupted" if stopped.interrupted else stopped.problem
    stage = summarise(name, seeds, results, problem, time.monotonic() - begun_s)
    return stage, stopped.interrupted


def summarise(name: str, seeds: range, results: Sequence[dict[str, Any]], problem: str, took_s: float) -> Stage:
    """A stage out of its episodes' plain data."""
    successes = [e for e in results if e["success"]]
    held = [e["held_s"] for e in results if "held_s" in e]
    reasons = Counter(e["failure"]["reason"] for e in results if e.get("failure"))
    texts = [text for e in results for text in e.get("exceptions") or _texts(e)]
    return Stage(
        name, CONDITIONS[name], problem, len(seeds), len(results), len(successes),
        sum(_count(e) for e in results), round(sum(held), 3) if held else None,
        round(float(np.mean([e["duration_s"] for e in successes])), 3) if successes else None,
        (seeds[0], seeds[-1]), _margins(results), _deadlines(results), dict(reasons), tuple(texts[:10]),
        round(took_s, 1),
    )  # fmt: skip


def _count(episode: dict[str, Any]) -> int:
    reflexes = episode["reflexes"]
    return reflexes if isinstance(reflexes, int) else len(reflexes)


def _texts(episode: dict[str, Any]) -> list[str]:
    return [] if isinstance(episode["reflexes"], int) else list(episode["reflexes"])


def _margins(results: Sequence[dict[str, Any]]) -> tuple[Margin, ...]:
    nearest: dict[str, Margin] = {}
    for episode in results:
        if _count(episode):  # after a reflex the robot stops by itself, with a step of what is commanded
            continue
        for m in episode.get("margins", ()):
            if m["limit"] not in nearest or m["used"] > nearest[m["limit"]].used:
                used, value, bound = (round(float(m[key]), 6) for key in ("used", "value", "bound"))
                at_s, seed = round(float(m["time_s"]), 3), int(episode["seed"])
                nearest[m["limit"]] = Margin(m["limit"], m["joint_name"], used, value, bound, m["unit"], at_s, seed)
    return tuple(nearest.values())


def _deadlines(results: Sequence[dict[str, Any]]) -> dict[str, float]:
    times = [t for e in results for t in e.get("inference_ms", ())]
    rates = [e["action_rate_hz"] for e in results if "action_rate_hz" in e]
    found: dict[str, float] = {}
    if times:
        found |= {f"inference_p{p}_ms": round(float(np.percentile(times, p)), 2) for p in (50, 99)}
        found["inference_max_ms"] = round(max(times), 2)
    if rates:
        found["action_rate_mean_hz"], found["action_rate_min_hz"] = (
            round(float(np.mean(rates)), 2),
            round(min(rates), 2),
        )
    return found


# --- over ROS ---------------------------------------------------------------------------------------------------------
def _over_ros(model: Path, task: str, seeds: range, folder: Path, contract: Contract) -> tuple[Stage, bool]:
    """Simulation, policy and evaluation as nodes in a domain of their own, started as a child."""
    journal = Journal(folder, ROS, {"delay_s": ROS_DELAY_S, "loss": ROS_LOSS, "task": task})
    known = {seed: e for seed, e in journal.read().items() if seed in seeds}
    left = [seed for seed in seeds if seed not in known]
    begun_s, interrupted, problem = time.monotonic(), False, ""
    if left:
        first = left[0]  # those before are there: they are run in order
        scores = folder / "ros.json"
        scores.unlink(missing_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        left_seeds, cameras = range(first, seeds[-1] + 1), camera_arguments(contract)
        interrupted, problem = _launch(model, task, left_seeds, scores, folder / "ros.log", cameras)
        for episode in json.loads(scores.read_text())["episodes"] if scores.is_file() else ():
            if episode["seed"] not in known:
                known[episode["seed"]] = episode
                journal.add(episode)
    results = [known[seed] for seed in sorted(known)]
    if len(results) < len(seeds) and not problem:
        problem = "interrupted" if interrupted else f"it ended early: {folder / 'ros.log'} says why"
    return summarise(ROS, seeds, results, problem, time.monotonic() - begun_s), interrupted


def _launch(
    model: Path, task: str, seeds: range, scores: Path, log: Path, cameras: dict[str, str]
) -> tuple[bool, str]:
    """Whether it was interrupted, and what went wrong."""
    from midp_ros.cli.terminal.console import plain_console

    domain = free_domain(os.getpid() % 90)
    if domain is None:
        return False, "every ROS domain of this machine is in use"
    arguments = {
        "task": task, "model": str(model.resolve()), "episodes": str(len(seeds)), "seed": str(seeds[0]),
        "json": str(scores.resolve()), "interface": "position", "refuse_steps": "true",
        "inference_delay_s": str(ROS_DELAY_S),
        "observation_loss": str(ROS_LOSS), "discovery_s": "0.3", **cameras,
    }  # fmt: skip
    command = [
        sys.executable,
        "-m",
        "midp_ros.cli.main",
        "launch",
        "demo",
        *(f"{k}:={v}" for k, v in arguments.items()),
    ]
    environment = {**os.environ, **local_discovery(), "ROS_DOMAIN_ID": str(domain)}
    interrupted, problem = False, ""
    with log.open("w") as output, plain_console(stderr=True).status(f"{len(seeds)} episodes over ROS"):
        child = subprocess.Popen(
            command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, env=environment, start_new_session=True
        )
        try:
            child.wait(START_S + EPISODE_S * len(seeds))
        except subprocess.TimeoutExpired:
            problem = f"it took longer than {START_S + EPISODE_S * len(seeds):.0f} s"
        except KeyboardInterrupt:
            interrupted = True
        if child.poll() is None:
            _end(child)
    return interrupted, problem


def _end(child: subprocess.Popen[bytes]) -> None:
    """Lets the launched tree stop by itself, and write what there is."""
    child.send_signal(signal.SIGINT)
    try:
        child.wait(30.0)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
