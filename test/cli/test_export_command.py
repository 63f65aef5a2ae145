"""`midp export` beside its graph: what it replaces and refuses, and what a full disk leaves, of a training, too."""

import errno
import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from midp_ros.core.card import ModelCard
from midp_ros.core.episode import Episode
from midp_ros.core.errors import MidpError, OutputError
from midp_ros.core.files.output import write_bytes
from midp_ros.core.package_files import package_path
from midp_ros.pusht.state import pusht_contract

pytest.importorskip("torch")
from midp_ros.cli import export as command  # noqa: E402
from midp_ros.cli.export import ReplacementError, export  # noqa: E402
from midp_ros.cli.terminal.console import plain_console  # noqa: E402
from midp_ros.cli.terminal.interrupt import Interruptible  # noqa: E402
from midp_ros.cli.train import show  # noqa: E402
from midp_ros.learning.config import ModelConfig, TrainConfig, TrainingConfig  # noqa: E402
from midp_ros.learning.dataset import build_dataset  # noqa: E402
from midp_ros.learning.training import Training  # noqa: E402


def tiny_training(runs, steps=6):
    observation = np.random.default_rng(0).uniform(0, 500, (30, 6))
    dataset = build_dataset([Episode(pusht_contract(), np.arange(30) * 0.1, observation, observation[:, :2], {})])
    training = TrainingConfig(steps, batch=8, warmup_steps=1, log_every=1, save_every=2)
    model = ModelConfig("perceptron", channels=(8,))
    return Training(TrainConfig("tiny", "x", str(runs), device="cpu", model=model, training=training), dataset)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """A policy of Push-T, not trained, with 100 noise steps."""
    path = tmp_path_factory.mktemp("runs") / "checkpoint.pt"
    tiny_training(path.parent).checkpoint().save(path)
    return path


@pytest.fixture
def quick_export(monkeypatch):
    """The graph, and its comparison with torch, take seconds."""

    def export_onnx(trained, path, sampling_steps):
        write_bytes(path, b"a model")
        c, steps = trained, sampling_steps or 10
        return ModelCard(c.contract, c.command, c.config.to_dict(), c.data_hash, 1, 99, c.step, steps, "0"), 0.0

    monkeypatch.setattr("midp_ros.learning.export.export_onnx", export_onnx)


@pytest.fixture
def fills_up(monkeypatch):
    """Lets the disk be full once a file was written so many times."""

    def fill(name, after=0):
        written, fsync = [], os.fsync

        def full(handle):
            if Path(f"/proc/self/fd/{handle}").readlink().name == f"{name}.part":
                if len(written) == after:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                written.append(handle)
            fsync(handle)

        monkeypatch.setattr(os, "fsync", full)

    return fill


def test_a_model_of_the_same_skill_is_replaced_with_its_card(checkpoint, tmp_path, capsys, quick_export):
    model = tmp_path / "mine.onnx"
    export(checkpoint, model, 1)
    export(checkpoint, model, 2)
    assert ModelCard.read(tmp_path / "mine.json").sampling_steps == 2
    said = capsys.readouterr().out.splitlines()
    assert "replaced" not in said[0] and said[4].endswith("parameters, replaced")
    assert sorted(os.listdir(tmp_path)) == ["mine.json", "mine.onnx"]


def test_another_skills_model_and_what_is_none_are_replaced_only_when_asked_to(checkpoint, tmp_path, quick_export):
    for suffix in (".onnx", ".json"):
        shutil.copy(package_path("models", f"reach{suffix}"), tmp_path)
    before = (tmp_path / "reach.onnx").read_bytes()
    remedy = "choose another name, or replace it with --overwrite"
    said = f"reach.onnx is a model of 'reach', the checkpoint has learned 'pusht'; {remedy}"
    with pytest.raises(ReplacementError, match=said):
        export(checkpoint, tmp_path / "reach.onnx", 1)
    assert (tmp_path / "reach.onnx").read_bytes() == before
    (tmp_path / "notes.json").write_text("{}")
    with pytest.raises(ReplacementError, match=f"notes.json exists and is no model exported by midp_ros; {remedy}"):
        export(checkpoint, tmp_path / "notes.onnx", 1)
    assert not (tmp_path / "notes.onnx").exists()
    export(checkpoint, tmp_path / "reach.onnx", 1, overwrite=True)
    assert ModelCard.read(tmp_path / "reach.json").contract.skill == "pusht"


def test_a_model_of_the_package_is_replaced_only_when_asked_to(checkpoint, tmp_path, monkeypatch, quick_export):
    monkeypatch.setattr(command, "package_directory", lambda: tmp_path)
    model = tmp_path / "models" / "pusht.onnx"
    export(checkpoint, model, 1)
    with pytest.raises(ReplacementError, match="pusht.onnx is a model of the package; choose another name, or"):
        export(checkpoint, model, 1)
    export(checkpoint, model, 1, overwrite=True)


def test_more_sampling_steps_than_noise_steps_are_refused(checkpoint, tmp_path):
    with pytest.raises(MidpError, match="sampling steps: got 200, need 1 to the policy's 100 noise steps"):
        export(checkpoint, tmp_path / "mine.onnx", 200)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_model_that_was_there(checkpoint, tmp_path, fills_up, quick_export):
    model = tmp_path / "mine.onnx"
    model.with_suffix(".json").write_text("{}")
    model.write_text("before")
    fills_up("mine.onnx")
    with pytest.raises(OutputError, match="cannot write .*mine.onnx: No space left on device"):
        export(checkpoint, model, 1, overwrite=True)
    assert model.read_text() == "before" and sorted(os.listdir(tmp_path)) == ["mine.json", "mine.onnx"]


@pytest.mark.parametrize(
    ("name", "after", "goes_on"),
    [
        ("metrics.csv", 0, "starts over"),
        ("checkpoint.pt", 0, "starts over"),
        ("checkpoint.pt", 1, "resumes at step 2"),
    ],
)
def test_a_training_on_a_full_disk_says_where_the_same_command_goes_on(tmp_path, fills_up, name, after, goes_on):
    training = tiny_training(tmp_path)
    training.config.run_dir.mkdir()
    fills_up(name, after)
    said = f"{name}: No space left on device; make room, and the same command {goes_on}"
    with pytest.raises(OutputError, match=said):
        show(training, Interruptible(), plain_console(quiet=True))
    assert not list(tmp_path.rglob("*.part"))
    assert (training.config.run_dir / "checkpoint.pt").exists() == (after > 0)
