"""`midp evaluate MODEL --task TASK` for the tasks of the simulation: figures, reasons of failure, animations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from midp_ros.cli.evaluation import episodes as evaluation
from midp_ros.cli.evaluation.outcome import Outcome, collect
from midp_ros.cli.evaluation.worst import WorstEpisodes
from midp_ros.cli.reports.evaluation_page import outcome_cell
from midp_ros.cli.workers.place import HERE, Place
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.robot_match import robot_difference

if TYPE_CHECKING:
    from midp_ros.cli.evaluation.episodes import Job

HEADINGS = ("seed", "outcome", "time [s]", "error [mm]", "error [deg]", "path [m]", "reason")
GOOD_RATE = 0.8


def evaluate_arm(job: Job, seeds: range, jobs: int, worst: int, place: Place = HERE) -> Outcome | None:
    """Runs the seeds' episodes; None where none ended before an interruption.

    Args:
        worst: so many episodes are drawn.
    """
    kept, results = WorstEpisodes(worst), []

    def take(result: dict[str, Any]) -> None:
        recording = result.pop(evaluation.OBSERVATIONS, None)
        results.append(result)
        kept.add(result, recording)

    episodes = evaluation.run(job, seeds, jobs, place)
    stopped = collect(episodes, len(seeds), f"evaluating {job.model} on {job.task}", take)
    if not results:
        return None if stopped.interrupted else stopped.give_up()
    report = evaluation.summarise(job, sorted(results, key=lambda r: r["seed"]))
    return Outcome(
        report=report,
        sentence=_sentence(job, report),
        headline=_headline(report),
        good=report["success_rate"] >= GOOD_RATE,
        tiles=_tiles(report),
        headings=HEADINGS,
        rows=[_row(episode) for episode in report["episodes"]],
        draw=lambda: [(_caption(e), _animation(job, recording)) for e, recording in kept],
        stopped=stopped,
        wanted=len(seeds),
    )


def robot_of(job: Job) -> str:
    """The robot where it is chosen, and the contract's where that is another one."""
    if not job.robot:
        return ""
    learned = evaluation.load_policy(job).contract.robot
    difference = robot_difference(learned, RobotProfile.load(job.robot))
    other = f", though {job.model} is for robot {learned}" if difference else ""
    return f" on robot {job.robot}{other}"


def _headline(report: dict[str, Any]) -> str:
    episodes = report["episodes"]
    return f"{sum(e['success'] for e in episodes)} of {len(episodes)} episodes succeeded"


def _sentence(job: Job, report: dict[str, Any]) -> str:
    low, high = report["success_interval"]
    robot = robot_of(job)
    time_s = report["mean_time_to_success_s"]
    took = "" if math.isnan(time_s) else f"{time_s:.2f} s to success, "
    return (
        f"{job.task}{robot}, {job.handover}: success {100 * report['success_rate']:.1f} % "
        f"(95 % interval {100 * low:.1f} to {100 * high:.1f}), "
        f"{took}path {report['mean_path_length_m']:.3f} m, "
        f"mean squared jerk {report['mean_squared_jerk_rad2_s6']:.3g} rad^2/s^6, largest jump "
        f"{1000 * report['mean_largest_jump_m']:.1f} mm, {report['reflexes']} reflexes, {report['holds']} holds"
        + "".join(f"; {fact}: {_fact(values)}" for fact, values in report.get("info", {}).items())
    )


def _fact(values: dict[str, int] | dict[str, float]) -> str:
    if "mean" in values:
        return ", ".join(f"{which} {value:.3g}" for which, value in values.items())
    return ", ".join(f"{count} {value}" for value, count in values.items())


def _tiles(report: dict[str, Any]) -> list[tuple[str, str]]:
    low, high = report["success_interval"]
    return [
        (f"{100 * report['success_rate']:.1f} %", f"success, 95 % interval {100 * low:.0f} to {100 * high:.0f} %"),
        (f"{report['mean_time_to_success_s']:.2f} s", "mean time to success"),
        (str(report["reflexes"]), "reflexes"),
        (str(report["holds"]), "holds of the policy's loop"),
        (f"{report['mean_path_length_m']:.2f} m", "mean path of the tool"),
        (f"{1000 * report['mean_largest_jump_m']:.1f} mm", "mean largest jump of the commands"),
    ]


def _row(e: dict[str, Any]) -> list[str]:
    failure = e["failure"]
    degrees = 57.29577951308232 * e["rotation_error_rad"]
    return [
        str(e["seed"]), outcome_cell(e["success"]), f"{e['duration_s']:.2f}", f"{1000 * e['position_error_m']:.1f}",
        f"{degrees:.1f}", f"{e['path_length_m']:.2f}", f"{failure['reason']}: {failure['details']}" if failure else "",
    ]  # fmt: skip


def _caption(e: dict[str, Any]) -> str:
    failure = e["failure"]
    said = f"{failure['reason']}; {failure['details']}" if failure else "success"
    return f"seed {e['seed']}, {e['duration_s']:.1f} s: {said}"


def _animation(job: Job, recording: Any) -> bytes:
    from midp_ros.cli.pictures.arm import animate

    contract = evaluation.load_policy(job).contract
    return animate(contract, job.robot or contract.robot, recording)
