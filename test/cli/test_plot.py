"""`midp plot episode`: recorded episodes of every task, a model's episode, and Push-T."""

import numpy as np
import pytest
from PIL import Image

from midp_ros.cli.pictures import arm
from midp_ros.cli.plot import Subject, plot
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.core.package_files import package_path
from midp_ros.core.seams import TASKS
from midp_ros.core.window import observation_vector
from midp_ros.recording import write_episode
from midp_ros.simulation import Simulation

OURS = [
    pytest.param(name, marks=() if name == "reach" else pytest.mark.slow)
    for name in TASKS
    if TASKS.find(name).package == "midp_ros"
]
STEPS = 3


@pytest.fixture(autouse=True)
def small(tmp_path, monkeypatch):
    monkeypatch.setattr(arm, "PICTURE_SIZE", (80, 60))
    monkeypatch.chdir(tmp_path)


def recorded(task):
    """The beginning of an episode in which the arm rests."""
    contract = Contract.load(task)
    simulation = Simulation(task, contract.robot)
    simulation.reset(3)
    rows = []
    for _ in range(STEPS):
        rows.append(observation_vector(contract, simulation.observe()))
        simulation.advance(contract.step_s)
    times_s = contract.step_s * np.arange(STEPS)
    return Episode(contract, times_s, np.array(rows), np.zeros((STEPS, contract.action_size)), {"success": True})


def pictures(path):
    with Image.open(path) as animation:
        found = []
        for number in range(animation.n_frames):
            animation.seek(number)
            found.append(np.asarray(animation.convert("RGB")).astype(int))
    return found


@pytest.mark.parametrize("task", OURS)
def test_a_recorded_episode_of_every_task_is_drawn(task, tmp_path, capsys):
    """In the folder itself the picture had no name but the episode's: `_episode_000000.gif`."""
    write_episode(tmp_path / "episode_000000.mcap", recorded(task))
    plot(Subject.episode, "episode_000000.mcap")
    path = f"out/{tmp_path.name}_episode_000000.gif"
    assert capsys.readouterr().out == f"{path}: {STEPS} steps of {task}, success\n"
    drawn = pictures(path)
    assert drawn[0].shape == (60, 80, 3) and drawn[0].std() > 10


@pytest.mark.slow
def test_a_models_episode_is_run_and_drawn(capsys):
    plot(Subject.episode, str(package_path("models", "reach.onnx")), seed=10001)
    assert "out/reach_10001.gif: seed 10001, " in capsys.readouterr().out
    drawn = pictures("out/reach_10001.gif")
    assert len(drawn) > 3 and np.abs(drawn[-1] - drawn[0]).mean() > 1, "the arm moves"


@pytest.mark.slow
def test_an_episode_of_pusht_is_run_and_drawn(monkeypatch, capsys):
    pytest.importorskip("gym_pusht")
    pytest.importorskip("torch")
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("midp_ros.pusht.environment.MAX_STEPS", 5)
    plot(Subject.episode, "pusht")
    assert "out/pusht_100000.gif: 5 steps, largest reward " in capsys.readouterr().out
    assert len(pictures("out/pusht_100000.gif")) >= 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"skill": "dance"}, "there is no task 'dance' whose scene could be drawn"),
        ({"without": "joint_position"}, "the contract of 'reach' observes no joint_position to draw the arm from"),
        ({"without": "goal_position"}, "no goal_position is observed, where 'reach' could be drawn"),
    ],
)
def test_an_episode_that_cannot_be_drawn_is_refused(tmp_path, changes, said):
    episode = recorded("reach")
    without = changes.pop("without", "")
    plain = {**episode.contract.to_dict(), **changes}
    plain["observation"] = [entry for entry in plain["observation"] if entry["name"] != without]
    contract = Contract.from_dict(plain)
    observation = episode.observation[:, : contract.observation_size]
    write_episode(tmp_path / "e.mcap", Episode(contract, episode.time_s, observation, episode.action, {}))
    with pytest.raises(FileFormatError, match=said):
        plot(Subject.episode, "e.mcap")
