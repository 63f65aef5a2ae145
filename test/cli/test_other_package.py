"""A package outside the repository, the skeleton of `midp new-task` with more names, is known to every command."""

import subprocess
import sys

import pytest
from outside import install, write_package

from midp_ros.cli.new_task import NewTaskError, write_skeleton
from midp_ros.core.card import ModelCard
from midp_ros.core.seams import TASKS
from midp_ros.recording import load_episodes

pytestmark = pytest.mark.processes

FEW = ["training.steps=10", "training.batch=16", "training.warmup_steps=5"]


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    """Runs `midp` beside the installed package; the folder that it runs in."""
    folder = tmp_path_factory.mktemp("outside")
    environment = install(write_package(folder), folder / "site")

    def midp(*arguments, code=0):
        command = [sys.executable, "-m", "midp_ros.cli.main", *map(str, arguments)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=110)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    midp.folder, midp.environment = folder, environment
    return midp


@pytest.fixture(scope="module")
def recorded(outside):
    """What is printed while two episodes are recorded."""
    return outside("record", "--task", "hover", "--robot", "slow_fr3", "--episodes", 2, "--out", "data/hover")


def test_list_shows_it_and_every_name_can_be_loaded(outside):
    lines = [line.split() for line in outside("list", "--check").splitlines()]
    for name, target in (
        ("hover", "hover_task.task:Hover"),
        ("hover", "hover_task.expert:HoverRule"),
        ("slow_fr3", "hover_task"),
        ("plain", "hover_task.network:Perceptron"),
        ("absolute", "hover_task.learner:Absolute"),
        ("geometry_msgs/msg/AccelStamped", "hover_task.readers:accel_reader"),
    ):
        assert [name, "hover_task", target] in lines
    assert ["pick", "midp_ros", "midp_ros.simulation.tasks.pick:Pick"] in lines
    assert "slow_fr3" in outside("list", "robots") and "plain" not in outside("list", "robots")
    assert "known: contracts, denoisers, devices, experts, learners" in outside("list", "robot", code=2)


def test_its_own_test_passes(outside):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "hover_task/test"]
    done = subprocess.run(command, cwd=outside.folder, env=outside.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


def test_it_is_recorded_trained_exported_and_evaluated_with_its_own_robot_and_network(outside, recorded):
    assert "kept 2 episodes" in recorded and "0 failed" in recorded
    episodes = load_episodes(outside.folder / "data" / "hover")
    assert [e.info["robot"] for e in episodes] == ["slow_fr3"] * 2 and episodes[0].contract.skill == "hover"
    train = ["train", "hover_task/train.yaml", *FEW, "model.name=plain", "model.options.width=24"]
    said = outside(*train, "model.name=plian", code=2).replace("\n", " ")
    assert "unknown model.name 'plian'; known: perceptron, plain (hover_task), transformer, unet" in said
    assert "2 episodes" in outside(*train)
    outside("export", "runs/hover/checkpoint.pt", "hover.onnx", "--sampling-steps", 1)
    card = ModelCard.read(outside.folder / "hover.json")
    assert card.config["model"]["name"] == "plain" and card.contract.skill == "hover"
    said = outside("evaluate", "hover.onnx", "--task", "hover", "--robot", "slow_fr3", "--episodes", 1, "--jobs", 1)
    assert said.count("hover on robot slow_fr3, ") == 1


def test_its_learner_learns(outside, recorded):
    settings = ["name=absolute", "regulariser=null", "learner=absolute", "data=data/hover"]
    outside("train", "hover_task/train.yaml", *FEW, *settings)
    assert "absolute error" in (outside.folder / "runs" / "absolute" / "report.html").read_text()


def test_an_unknown_name_is_refused_with_the_packages_that_bring_the_known_ones(outside):
    said = outside("record", "--task", "hovr", "--out", "data/none", code=2).replace("\n", " ")
    known = ", ".join(sorted([*TASKS, "hover (hover_task)"]))
    assert f"unknown task 'hovr'; known: {known}; did you mean 'hover'?" in said
    said = outside("record", "--task", "hover", "--robot", "fr4", "--out", "data/none", code=2).replace("\n", " ")
    assert "unknown robot 'fr4'; known: fr3, panda, slow_fr3 (hover_task)" in said


def test_contract_and_robot_may_be_paths_anywhere(outside):
    files = outside.folder / "hover_task" / "hover_task"
    robot, contract = files / "slow_fr3.yaml", files / "hover.yaml"
    arguments = ["--robot", robot, "--contract", contract, "--episodes", 1, "--out", "data/paths"]
    assert "kept 1 episodes" in outside("record", "--task", "hover", *arguments)
    assert load_episodes(outside.folder / "data" / "paths")[0].info["robot"] == "slow_fr3"


def test_a_package_that_fails_to_import_does_not_break_the_others(outside):
    broken = outside.folder / "site" / "hover_task" / "task.py"
    text = broken.read_text()
    broken.write_text("import no_such_module\n")
    try:
        said = outside("list", "--check", code=1)
        assert "task 'hover' of package 'hover_task': module hover_task.task cannot be loaded" in said
        assert "ModuleNotFoundError: No module named 'no_such_module'" in said and "Traceback" not in said
        said = outside("record", "--task", "hover", "--out", "data/none", code=2)
        assert "module hover_task.task cannot be loaded" in said.replace("\n", " ") and "Traceback" not in said
        assert "kept 1 episodes" in outside("record", "--task", "reach", "--episodes", 1, "--out", "data/reach")
    finally:
        broken.write_text(text)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Stack", "task's name 'Stack': need a lower-case letter, then such letters, digits or underscores"),
        ("two words", "task's name 'two words'"),
        ("class", "task's name 'class' is a word of Python"),
        ("pick", "there is a task 'pick' of package 'midp_ros' already"),
    ],
)
def test_a_bad_name_of_a_new_task_is_refused(tmp_path, name, said):
    with pytest.raises(NewTaskError, match=said):
        write_skeleton(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    with pytest.raises(NewTaskError, match="exists already; name another folder with --out"):
        write_skeleton("stack", tmp_path)
