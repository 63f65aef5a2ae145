"""What a task says that success lacks: in words to count by, with figures."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("pybullet")

from midp_ros.core.contract import Contract  # noqa: E402
from midp_ros.core.seams import TASKS  # noqa: E402
from midp_ros.simulation import EpisodeMetrics, Simulation  # noqa: E402
from midp_ros.simulation.tasks.missing import what_is_missing  # noqa: E402

AT_THE_START = {
    **dict.fromkeys(
        ("carry", "carry_play"), ("the box is not lifted", r"\d+ mm off its goal and 0 mm above the table")
    ),
    "avoid": ("the tool is not at the goal", r"\d+ mm and \d+\.\d deg off the goal, side: none"),
    "catch": ("the cube is not lifted", r"lifted by 0 mm of 100 mm, the tool is \d+ mm away, belt [+-]0\.\d+ m/s"),
    "recall": ("the tool has not passed the gate", r"\d+ mm off the goal, \d+ mm off the gate"),
    "reach": ("the tool is not at the goal", r"\d+\.\d mm and \d+\.\d deg off, allowed: 10 mm and 5 deg"),
    "pick": ("the cube is out of the hand", r"lifted by 0 mm of 100 mm, the tool is \d+ mm away"),
    "push": ("the target is not covered enough", r"\d+ % of 90 % is covered, the block is \d+ mm"),
    "trace": ("the path is not begun", r"the tool is \d+ mm from its start"),
}


@pytest.mark.parametrize("name", [offer.name for offer in TASKS.offers() if offer.package == "midp_ros"])
def test_at_the_start_everything_is_missing(name: str) -> None:
    what, figures = AT_THE_START[name]
    missing = Simulation(name).missing()
    assert missing.what.startswith(what) and re.search(figures, missing.figures), missing


def test_a_task_of_another_package_may_say_nothing() -> None:
    simulation = Simulation("reach")

    class Silent:
        tool_error = staticmethod(simulation.task.tool_error)

    missing = what_is_missing(Silent(), simulation.engine, simulation.tool())  # type: ignore[arg-type]
    assert missing.what == "the task is not done" and re.fullmatch(r"\d+ mm and \d+\.\d deg off", missing.figures)


def test_a_rollout_says_why_it_failed_and_shows_what_was_observed() -> None:
    contract = Contract.load("reach")
    metrics = EpisodeMetrics(Simulation("reach"), contract, 3, keep_observations=True)
    for _ in range(3):
        metrics.step()
        metrics.advance(contract.step_s)
    result = metrics.rollout()
    assert result.failure and result.failure.reason.startswith("timeout: the tool is not at the goal")
    assert result.observations["joint_position"].shape == (3, 7) and "goal_position" in result.observations
