"""Places that cannot be written are noticed by every command before its work begins."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from midp_ros.certify import sha256_of
from midp_ros.cli import bench, demo, evaluate, plot
from midp_ros.cli.app import with_home
from midp_ros.cli.demo import DemoError, chosen_model
from midp_ros.cli.incidents.certify import certify
from midp_ros.core.contract import Contract
from midp_ros.core.errors import BusyError, ContractMismatchError, FileFormatError, MidpError
from midp_ros.core.package_files import package_path

MODEL = str(package_path("models", "reach.onnx"))
PIXELS = Contract.load("pick_pixels")


@pytest.fixture
def blocked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that nothing can be written into, as its name is a file's; nothing that takes long may begin."""
    (tmp_path / "file").write_text("")

    def begun(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr(demo, "run_launch", begun)
    monkeypatch.setattr("midp_ros.cli.evaluation.episodes.run", begun)
    monkeypatch.setattr("midp_ros.simulation.Simulation.__init__", begun)
    monkeypatch.setattr("midp_ros.cli.benchmarks.stand_in.stand_in_figures", begun)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "file" / "below"


def evaluate_into(model: str = MODEL, **where: object) -> None:
    evaluate.evaluate(
        model, task="", episodes=1, seed=0, jobs=1, robot="", gripper_start_s=0.5, interface="position", shaped=True,
        handover="auto", delay_ms=0.0,
        **{"json_path": None, "update_card": False, "out": None, "worst": 1, "page": True, **where},
    )  # fmt: skip


COMMANDS = {
    "demo": lambda place: demo.demo(task="reach", episodes=1, seed=0, out=place, pictures=False),
    "evaluate --json": lambda place: evaluate_into(json_path=place / "x.json"),
    "evaluate --out": lambda place: evaluate_into(out=place),
    "plot": lambda place: plot.plot(plot.Subject.episode, MODEL, place / "x.gif", 0),
    "bench": lambda place: bench.bench(stand_in=True, json_path=place / "x.json"),
}


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """As another process has it that writes into the folder."""
    folder.mkdir(parents=True)
    handle = os.open(folder, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    yield
    os.close(handle)


def test_no_two_evaluations_or_certifications_write_into_one_folder(blocked: Path) -> None:
    """The second one's page failed in a traceback, or had the first one's animations; two shared their episodes."""
    own = Path("out", "evaluate_reach")
    with held(own), pytest.raises(BusyError, match=f"another process writes into {own}; wait for it, stop it, or"):
        evaluate_into()
    digest = sha256_of(Path(MODEL))[:16]
    with held(Path("out", digest)), pytest.raises(BusyError, match=f"writes into out/{digest}; wait for it"):
        certify(MODEL, "", 1, 1, "in_process", 1, Path("out"), Path("c.json"))


@pytest.mark.parametrize("command", COMMANDS)
def test_nothing_begins_where_its_results_cannot_be_written(command: str, blocked: Path) -> None:
    with pytest.raises(MidpError, match=f"cannot write into {blocked}"):
        COMMANDS[command](blocked)


def test_recording_training_and_experiments_look_first_too(blocked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from midp_ros.cli.experiment import experiment
    from midp_ros.cli.record import record
    from midp_ros.cli.train import train

    pytest.importorskip("torch")
    with pytest.raises(MidpError, match=f"cannot record into {blocked}"):
        record(blocked, "reach", 1, 0, "fr3", "", 0.0, 0.5, False)
    config = package_path("config", "train", "reach.yaml")
    with pytest.raises(MidpError, match=f"cannot write into {blocked}"):
        train(config, [f"runs={blocked}"])
    text = package_path("config", "experiments", "mutual_information_grid.yaml").read_text()
    text = text.replace("../train", str(config.parent)) + f"\nruns: {blocked}\nresults: {blocked}\n"
    Path("e.yaml").write_text(text)
    with pytest.raises(MidpError, match="cannot write into"):
        experiment(Path("e.yaml"), [], 1, [], False, False, True)


def test_an_exports_place_and_name_are_looked_at_before_torch_is_loaded(blocked: Path) -> None:
    from midp_ros.cli.export import export

    blocked.parent.with_name("c.pt").write_bytes(b"PK\x03\x04")
    for model, words in ((blocked / "x.onnx", "cannot write into"), (Path("x.json"), "ends in .onnx")):
        with pytest.raises(MidpError, match=words):
            export(Path("c.pt"), model)


def test_a_file_of_another_kind_is_named_with_the_command_that_takes_it(tmp_path, monkeypatch) -> None:
    from midp_ros.cli.export import export
    from midp_ros.cli.train import train

    monkeypatch.chdir(tmp_path)
    Path("c.pt").write_bytes(b"PK\x03\x04")
    Path("e.mcap").write_bytes(b"x")
    Path("data").mkdir()
    Path("data/e.mcap").write_bytes(b"x")
    for call, words in (
        (lambda: chosen_model("", "c.pt"), "c.pt is a checkpoint; `midp export c.pt NAME.onnx`"),
        (lambda: evaluate_into(model="c.pt"), "c.pt is a checkpoint; `midp export c.pt NAME.onnx`"),
        (lambda: evaluate_into(model="data"), "data is a folder of recorded episodes; `midp train CONFIG --data data`"),
        (lambda: export(Path(MODEL), Path("x.onnx")), f"{MODEL} is an exported model; `midp evaluate {MODEL}`"),
        (lambda: train(Path("c.pt")), "c.pt is a checkpoint; .* a training starts from a YAML file"),
        (lambda: plot.plot(plot.Subject.denoising, "e.mcap"), "e.mcap is a recorded episode"),
    ):
        with pytest.raises(FileFormatError, match=words):
            call()


def test_the_home_in_an_option_of_one_word(monkeypatch) -> None:
    """Shells expand `--out ~/x` alone: the other made a folder that is named `~`."""
    monkeypatch.setenv("HOME", "/home/me")
    for given, meant in (("--out=~/x", "--out=/home/me/x"), ("--out=a~b", "--out=a~b"), ("x:=~/y", "x:=~/y")):
        assert with_home(given) == meant


def test_the_demo_takes_the_task_of_its_model() -> None:
    assert chosen_model("", "") == ("pick", {}) and chosen_model("reach", "") == ("reach", {})
    assert chosen_model("", "reach") == ("reach", {"model": MODEL})
    with pytest.raises(ContractMismatchError, match="has learned 'reach', not 'pick'"):
        chosen_model("pick", MODEL)
    with pytest.raises(DemoError, match="midp evaluate"):
        chosen_model("", "pusht")


def test_the_demo_starts_the_cameras_that_its_model_observes(monkeypatch) -> None:
    """Without them the policy holds in every episode."""
    monkeypatch.setattr("midp_ros.inference.onnx_policy.OnnxPolicy", lambda path: SimpleNamespace(contract=PIXELS))
    task, arguments = chosen_model("", "reach")
    assert task == PIXELS.skill and arguments["cameras"] == "front,wrist" and arguments["camera_width"] == "96"
