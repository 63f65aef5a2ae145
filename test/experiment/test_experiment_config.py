"""The experiment's configuration: what it takes, and what it says of what it does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from experiment_files import experiment, plain_experiment

from midp_ros.core.errors import FileFormatError, MidpError, UnknownNameError
from midp_ros.core.package_files import package_path
from midp_ros.experiment.config import Experiment
from midp_ros.experiment.runs import chosen, runs_of
from midp_ros.experiment.summary import cells_of


def test_the_grid_has_every_place_once_seed_by_seed(tmp_path: Path) -> None:
    runs = runs_of(experiment(tmp_path))
    names = [run.name for run in runs]
    assert len(names) == len(set(names)) == 3 * (2 + 1) * 2
    assert names[:3] == ["pusht/small/none/0", "pusht/small/published/0", "pusht/large/none/0"]
    assert [run.seed for run in runs] == sorted(run.seed for run in runs)


def test_a_task_may_have_seeds_of_its_own(tmp_path: Path) -> None:
    plain = plain_experiment(tmp_path)
    plain["tasks"]["other"]["seeds"] = [1, 7]
    runs = runs_of(Experiment.from_dict(plain))
    assert [run.seed for run in chosen(runs, ["other/*/none/*"])] == [1, 7]
    assert [run.seed for run in chosen(runs, ["pusht/small/none/*"])] == [0, 1, 2]
    assert len(runs) == 3 * 2 * 2 + 2 * 2


def test_a_task_may_have_variants_and_a_hand_over_of_its_own(tmp_path: Path) -> None:
    plain = plain_experiment(tmp_path)
    plain["tasks"]["other"] |= {"variants": ["none"], "handover": "switch"}
    settings = Experiment.from_dict(plain)
    runs = [run for run in runs_of(settings) if run.task == "other"]
    assert [(run.variant, run.seed, run.handover) for run in runs] == [("none", seed, "switch") for seed in (0, 1, 2)]
    assert [c.variant for c in cells_of(settings, []) if c.task == "other"] == ["none"]


def test_a_run_is_configured_by_task_size_variant_and_seed(tmp_path: Path) -> None:
    (run,) = chosen(runs_of(experiment(tmp_path)), ["other/small/published/2"])
    config = run.config
    assert config.model.channels == (16, 32) and config.seed == 2
    assert (config.training.steps, config.training.batch) == (7, 32)
    assert config.regulariser is not None and config.regulariser.weight == 0.01
    assert config.run_dir == tmp_path / "runs/test/other-small-published-2"
    assert run.result_path == tmp_path / "results/test/other-small-published-2.json"
    assert (run.data, run.evaluation_seeds) == ("elsewhere", range(100_000, 100_100))
    (bare,) = chosen(runs_of(experiment(tmp_path)), ["pusht/small/none/0"])
    assert bare.config.regulariser is None and bare.evaluation_seeds == range(50, 54)


def test_patterns_choose_and_a_useless_one_is_refused(tmp_path: Path) -> None:
    runs = runs_of(experiment(tmp_path))
    assert {r.name for r in chosen(runs, ["pusht/*/none/0", "other/*/?one/1"])} == {
        "pusht/small/none/0", "pusht/large/none/0", "other/small/none/1",
    }  # fmt: skip
    assert chosen(runs, []) == runs
    with pytest.raises(UnknownNameError, match="unknown run 'push/.*known: .*pusht/small/none/0"):
        chosen(runs, ["push/*"])


def test_demonstrations_may_lie_elsewhere(tmp_path: Path) -> None:
    settings = experiment(tmp_path).with_data(["data=a.zip", "other.data=b"])
    assert (settings.tasks["pusht"].data, settings.tasks["other"].data) == ("a.zip", "b")
    run = runs_of(settings)[0]
    assert run.data == "a.zip" and run.config.data != "a.zip"
    for wrong in ("data", "pusht.dat=x", "=x", "data="):
        with pytest.raises(MidpError, match="need TASK.data=PATH"):
            settings.with_data([wrong])
    with pytest.raises(UnknownNameError, match="unknown task 'pusch'; known: other, pusht"):
        settings.with_data(["pusch.data=x"])


def test_its_places_may_begin_with_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    settings = Experiment.from_dict({**plain_experiment(tmp_path), "runs": "~/runs", "results": "~/results"})
    assert (settings.runs, settings.results) == (Path("/home/me/runs/test"), Path("/home/me/results/test"))
    assert settings.with_data(["data=~/a.zip"]).tasks["pusht"].data == "/home/me/a.zip"


def test_a_variant_may_learn_a_part_of_the_demonstrations(tmp_path: Path) -> None:
    plain = plain_experiment(tmp_path)
    plain["variants"]["published"]["part"] = "random_{seed}"
    settings = Experiment.from_dict(plain).with_data(["other.data=b"])
    runs = {run.name: run for run in runs_of(settings)}
    whole, part = runs["other/small/none/2"], runs["other/small/published/2"]
    assert (whole.data, whole.part, whole.recording) == ("b", "", "other")
    assert (part.data, part.part, part.recording) == ("b/random_2", "random_2", "other/random_2")


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("seeds",), [0, -1], r"seeds: got -1, need a whole number, at least 0"),
        (("seeds",), [], r"seeds: got \[\], need a list of one or more whole numbers"),
        (("tasks", "other", "seeds"), 3, r"tasks.other.seeds: got 3, need a list"),
        (("sizes", "small"), 16, r"sizes.small: got 16"),
        (("baseline",), "nothing", r"unknown variant as baseline 'nothing'; known: none, published"),
        (("tasks", "pusht", "sizes"), ["tiny"], r"unknown size in tasks.pusht.sizes 'tiny'; known: large, small"),
        (("tasks", "pusht", "variants"), ["tiny"], r"unknown variant in tasks.pusht.variants 'tiny'; known: none, pub"),
        (("tasks", "pusht", "variants"), [], r"tasks.pusht.variants: got \[\], need a list of variants' names"),
        (("tasks", "pusht", "variants"), ["published"], r"got \['published'\], need a list with the baseline, 'none'"),
        (("tasks", "pusht", "episodes"), True, r"tasks.pusht.episodes: got True"),
        (("tasks", "pusht", "epochs"), 3, r"tasks.pusht: unknown key 'epochs'; known: data, demon"),
        (("tasks", "pusht"), {}, r"tasks.pusht lacks 'train'"),
        (("tasks",), {"push-t": {"train": "a"}}, r"tasks: got 'push-t', need names of letters"),
        (("variants", "none"), {}, r"variants.none lacks 'regulariser'"),
        (("variants", "none", "regulariser"), "none", r"variants.none.regulariser: got 'none', need a mapping"),
        (("name",), "a/b", r"name: got 'a/b'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, place: tuple[str, ...], value: object, said: str) -> None:
    data = plain_experiment(tmp_path)
    section = data
    for key in place[:-1]:
        section = section[key]
    section[place[-1]] = value
    with pytest.raises(MidpError, match=said):
        Experiment.from_dict(data)


def test_a_regulariser_that_training_does_not_take_is_refused(tmp_path: Path) -> None:
    data = plain_experiment(tmp_path)
    data["variants"]["published"]["regulariser"]["weight"] = -1
    with pytest.raises(MidpError, match="regulariser.weight: got -1"):
        runs_of(Experiment.from_dict(data))


def test_a_setting_that_only_demonstrations_fill_in_is_refused(tmp_path: Path) -> None:
    data = plain_experiment(tmp_path)
    data["variants"]["published"]["overrides"] = ["scene_motions=auto"]
    with pytest.raises(MidpError, match="tasks.pusht, scene_motions: got 'auto', need anchor, x_m, y_m and yaw_rad"):
        runs_of(Experiment.from_dict(data))


def test_files_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="cannot read experiment"):
        Experiment.load(tmp_path / "missing.yaml")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(FileFormatError, match="not valid YAML"):
        Experiment.load(tmp_path / "bad.yaml")


def test_the_shipped_experiment_is_a_valid_one() -> None:
    settings = Experiment.load(package_path("config", "experiments", "mutual_information_grid.yaml"))
    assert {r.config.regulariser is None for r in runs_of(settings) if r.variant == settings.baseline} == {True}
