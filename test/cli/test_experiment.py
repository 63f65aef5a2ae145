"""What `midp experiment` runs, and what it says, with made-up runs in processes of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
import yaml
from made_up_runs import DATA_HASH, begin

from midp_ros.cli.experiment import experiment
from midp_ros.cli.experiments import data as experiment_data
from midp_ros.cli.experiments import run as experiment_run
from midp_ros.cli.workers.local import LocalCrew
from midp_ros.cli.workers.place import Place
from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.package_files import package_path

Midp = Callable[..., str]


def fake_dataset(data: str, *which: object, **how: object) -> SimpleNamespace:
    if data == "nowhere":
        raise FileFormatError("there is no nowhere")
    return SimpleNamespace(data_hash=DATA_HASH)


def write_yaml(folder: Path, seeds: list[int], steps: int = 10) -> None:
    task = {"train": str(package_path("config", "train", "pusht.yaml")), "overrides": [f"training.steps={steps}"]}
    variants = {"none": {"regulariser": None}, "other": {"regulariser": None, "overrides": ["training.batch=8"]}}
    settings = {"name": "tiny", "baseline": "none", "seeds": seeds, "sizes": {"small": [8]}, "variants": variants}
    (folder / "tiny.yaml").write_text(yaml.safe_dump({**settings, "tasks": {"pusht": {**task, "episodes": 3}}}))


@pytest.fixture
def midp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Midp:
    """Runs the command in a folder of its own; returns what it prints."""
    for module in ("torch", "matplotlib"):
        pytest.importorskip(module)
    monkeypatch.setattr(experiment_run, "begin", begin)
    for plot in ("reward_plot", "curves_plot"):  # test_experiment_report draws them
        monkeypatch.setattr(f"midp_ros.experiment.report.{plot}", lambda cells, path: None)
    monkeypatch.setattr(experiment_data, "load_dataset", fake_dataset)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(tmp_path)

    def run(code: int = 0, **options: object) -> str:
        known = {"data": [], "jobs": 1, "only": [], "redo": False, "dry_run": False, "report_only": False}
        try:
            experiment(Path("tiny.yaml"), **{**known, **options})  # type: ignore[arg-type]
            assert code == 0
        except typer.Exit as e:
            assert e.exit_code == code
        return capsys.readouterr().out

    return run


def result_path(variant: str, seed: int) -> Path:
    return Path(f"docs/results/tiny/pusht-small-{variant}-{seed}.json")


def test_a_dry_run_writes_nothing(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [0])
    assert "2 runs to go, 1 at a time: 2 of unknown duration" in midp(dry_run=True)
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.yaml"]


def test_a_size_that_a_learner_does_not_read_is_named(tmp_path: Path, midp: Midp) -> None:
    """Its sizes would have been compared, and have differed by chance alone."""
    write_yaml(tmp_path, [0, 1])
    assert "changes nothing" not in midp(dry_run=True)
    path = tmp_path / "tiny.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["variants"]["other"]["overrides"] = ["learner.name=ik_net"]
    path.write_text(yaml.safe_dump(settings))
    said = midp(dry_run=True)
    assert said.count("model.channels changes nothing: learner.name=ik_net does not read it: pusht/small/other\n") == 1
    assert said.count("changes nothing") == 1
    assert "model.channels changes nothing" in midp(report_only=True), "of results that are there, too"


def test_a_hand_over_that_is_none_is_refused_before_the_training(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [0])
    path = tmp_path / "tiny.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["tasks"]["pusht"]["handover"] = "jump"
    path.write_text(yaml.safe_dump(settings))
    with pytest.raises(UnknownNameError, match="unknown hand-over in tasks.pusht.handover 'jump'; known: auto, ensem"):
        midp(dry_run=True)


@pytest.mark.processes
def test_what_is_missing_is_run_and_only_that(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [0, 1])
    said = midp(only=["*/none/*"])
    assert "pusht/small/none/1: 0.500 in 2 min" in said and "other/0:" not in said
    assert "1 runs to go, 1 at a time: about 2 min" in said  # after the first of the two
    assert "2 of 4 runs are done" in Path("docs/results/tiny/README.md").read_text()
    before = result_path("none", 0).stat().st_mtime_ns
    assert "pusht/small/other/1: 0.500" in midp(jobs=2)
    assert result_path("none", 0).stat().st_mtime_ns == before
    assert "nothing to run" in midp()
    assert "4 of 4 runs are done" in Path("docs/results/tiny/README.md").read_text()


@pytest.mark.processes
def test_a_run_elsewhere_takes_the_one_core_that_it_has(
    tmp_path: Path, midp: Midp, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("submitit", reason="extra cluster: slurm")
    write_yaml(tmp_path, [0])
    monkeypatch.setattr(Place, "crew", lambda place, work, count: LocalCrew(work))
    for only, slurm in (("*/none/*", "gpu"), ("*/other/*", "gpu,cpus_per_task=4")):
        midp(only=[only], slurm=slurm)
    threads = [json.loads(result_path(v, 0).read_text())["machine"]["threads"] for v in ("none", "other")]
    assert threads == [1, 4]


@pytest.mark.processes
def test_a_damaged_result_is_named_and_run_again(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [0])
    midp()
    result_path("other", 0).write_text('{"task": ')
    said = midp(report_only=True)
    assert "pusht-small-other-0.json is damaged" in said
    report = Path("docs/results/tiny/README.md").read_text()
    assert "1 of 2 runs are done" in report and "Left out: docs/results/tiny/pusht-small-other-0.json" in report
    midp()
    assert json.loads(result_path("other", 0).read_text())["average"] == 0.5
    assert "Left out" not in Path("docs/results/tiny/README.md").read_text()


@pytest.mark.processes
def test_results_of_another_configuration_are_redone_only_where_asked(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [0])
    midp()
    write_yaml(tmp_path, [0], steps=20)
    said = midp()
    assert "training.steps: 10 != 20; --redo runs it again" in said and "nothing to run" in said
    assert "0 of 2 runs are done" in Path("docs/results/tiny/README.md").read_text()
    midp(redo=True, only=["*/none/*"])
    steps = [json.loads(result_path(v, 0).read_text())["config"]["training"]["steps"] for v in ("none", "other")]
    assert steps == [20, 10]


@pytest.mark.processes
def test_a_seed_is_finished_with_other_demonstrations_only_where_asked(
    tmp_path: Path, midp: Midp, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_yaml(tmp_path, [0, 1])
    midp(only=["*/none/0"])
    monkeypatch.setattr(experiment_data, "load_dataset", lambda *which, **how: SimpleNamespace(data_hash="cd" * 32))
    said = midp(only=["*/0"])
    assert "other/0: its seed's results were made with other demonstrations" in said and "nothing to run" in said
    said = midp(only=["*/0"], redo=True)
    assert "pusht/small/none/0: 0.500" in said and "pusht/small/other/0: 0.500" in said
    assert "pusht/small/none/1: 0.500" in midp(only=["*/none/1"])


@pytest.mark.processes
def test_one_failure_does_not_stop_the_others(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [7, 8, 9])
    said = midp(code=1, only=["*/none/*"])
    assert "pusht/small/none/7: worker 1 (process " in said and "ended with status 3; it is run again" in said
    assert "ended with status 3, as others before it" in said
    assert "pusht/small/none/8: training diverged" in said
    assert (
        "pusht/small/none/9: 0.500" in said
        and "1 of 6 runs are done" in Path("docs/results/tiny/README.md").read_text()
    )


def test_demonstrations_that_are_not_here_are_named(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [0])
    said = midp(code=1, data=["data=nowhere"])
    assert "pusht cannot be run: there is no nowhere" in said
    assert "pusht/small/other/0: its demonstrations are not here" in said


@pytest.mark.processes
def test_an_interruption_keeps_the_finished_runs_and_says_how_to_go_on(tmp_path: Path, midp: Midp) -> None:
    write_yaml(tmp_path, [0, 99])
    said = midp(code=130)
    assert "interrupted; the same command goes on" in said
    assert result_path("none", 0).exists() and not result_path("none", 99).exists()
    assert (tmp_path / "docs" / "results" / "tiny" / "README.md").exists()
