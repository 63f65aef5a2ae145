"""`midp demo` beside its launch: what it hands on, whose scores it prints, and that two do not share them."""

import json
from pathlib import Path

import pytest
import typer

from midp_ros.cli import demo
from midp_ros.core.errors import BusyError
from midp_ros.core.package_files import package_path

MODEL = str(package_path("models", "reach.onnx"))
EPISODE = {"seed": 7, "success": True, "position_error_m": 0.002, "duration_s": 1.5, "action_rate_hz": 20.0}


@pytest.fixture
def launched(tmp_path, monkeypatch):
    """The arguments of each launch, and what it does instead of starting nodes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(demo, "move_to_free_domain", lambda: "")
    calls = []

    def run_launch(name, arguments, on_interrupt):
        calls.append(arguments)
        return write_scores(arguments)

    monkeypatch.setattr(demo, "run_launch", run_launch)
    return calls


def write_scores(arguments, success_rate=1.0, episodes=1):
    scores = {"task": arguments["task"], "replay": {}, "success_rate": success_rate, "success_interval": [0.2, 1.0]}
    Path(arguments["json"]).parent.mkdir(exist_ok=True)
    Path(arguments["json"]).write_text(json.dumps({**scores, "episodes": [EPISODE] * episodes}))
    return 0


def test_it_runs_its_model_and_prints_the_scores(launched, capsys):
    demo.demo(model=MODEL, episodes=1, seed=7)
    assert launched[0]["model"] == MODEL and launched[0]["task"] == "reach"
    assert (launched[0]["episodes"], launched[0]["seed"]) == ("1", "7")
    said = capsys.readouterr().out
    assert "reach: 100 % of 1 episodes succeeded (95 % interval 20 to 100)" in said and " 2.0 " in said
    demo.demo(task="reach", episodes=1)
    assert "model" not in launched[1]


@pytest.mark.parametrize(
    ("written", "said"),
    [({"success_rate": 0.5}, "only 50 % succeeded; 80 % are asked for"), ({"episodes": 0}, "only 0 of 1 episodes")],
)
def test_too_few_successes_or_episodes_end_with_1(launched, monkeypatch, capsys, written, said):
    monkeypatch.setattr(demo, "run_launch", lambda name, arguments, on_interrupt: write_scores(arguments, **written))
    with pytest.raises(typer.Exit) as ended:
        demo.demo(task="reach", episodes=1)
    assert ended.value.exit_code == 1 and said in capsys.readouterr().out


def test_scores_of_before_are_not_printed(launched, monkeypatch):
    demo.demo(task="reach", episodes=1)
    monkeypatch.setattr(demo, "run_launch", lambda name, arguments, on_interrupt: 3)
    with pytest.raises(demo.DemoError, match="ended with status 3 before it was scored"):
        demo.demo(task="reach", episodes=1)


def test_a_second_demo_of_the_task_leaves_the_first_ones_scores_and_other_tasks_run_beside_it(launched, monkeypatch):
    """The second one removed the first one's scores, and each could print the other's."""

    def begin_another(name, arguments, on_interrupt):
        write_scores(arguments)
        if len(launched) == 0:
            with pytest.raises(BusyError, match=r"midp \(process \d+\) writes out/demo_reach.json; wait for it"):
                demo.demo(task="reach", episodes=1)
            launched.append(arguments)
            demo.demo(task="pick", episodes=1)
        return 0

    monkeypatch.setattr(demo, "run_launch", begin_another)
    demo.demo(task="reach", episodes=1)
    assert Path("out/demo_pick.json").exists()
