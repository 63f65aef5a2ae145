"""The training configuration refuses what it cannot mean, and says what would be right."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.seams import TASKS
from midp_ros.learning.config import QUANTITIES, TrainConfig

CONFIGS = Path(__file__).parents[2] / "config" / "train"
BASE: dict[str, object] = {"name": "a", "data": "b"}


@pytest.mark.parametrize("skill", ["pick", "reach"])
def test_the_shipped_files_load_and_name_every_key(skill: str) -> None:
    import yaml

    path = CONFIGS / f"{skill}.yaml"
    config = TrainConfig.load(path)
    assert config.name == skill and config.data == f"data/{skill}"
    assert config.to_dict() == yaml.safe_load(path.read_text())


def test_how_chunks_take_over_goes_with_the_model_and_changes_no_weight() -> None:
    plain, switched = (TrainConfig.from_dict({**BASE, "context": {"handover": h}}) for h in ("auto", "switch"))
    assert switched.to_dict()["context"]["handover"] == "switch"
    assert switched.essence == plain.essence and switched.obstacle_to_resuming(plain) is None
    with pytest.raises(MidpError, match="context.handover: got 'jump', need one of auto, switch, ensemble, inpaint"):
        TrainConfig.from_dict({**BASE, "context": {"handover": "jump"}})


def test_every_task_has_a_file_that_trains_it() -> None:
    """Those of this package, apart from play, which is learned from together with demonstrations (flow.yaml)."""
    learned = {TrainConfig.load(path).data.removeprefix("data/") for path in CONFIGS.glob("*.yaml")}
    own = {offer.name for offer in TASKS.offers() if offer.package == "midp_ros"}
    assert own - {"carry_play"} <= learned


def remarks(path: Path) -> Iterator[tuple[list[str], str]]:
    """Each key of a file of two levels with its remark, which may go on over lines."""
    section, found = "", list[tuple[list[str], str]]()
    for line in path.read_text().splitlines():
        key, _, remark = line.partition("#")
        if name := key.partition(":")[0].strip():
            section = section if key.startswith(" ") else name
            found.append(([section, name] if key.startswith(" ") else [name], remark))
        elif found and line.startswith(" "):
            found[-1] = (found[-1][0], found[-1][1] + remark)
    yield from found


@pytest.mark.parametrize("skill", ["pick", "reach", "avoid", "pusht"])
def test_a_value_that_is_not_the_default_has_a_remark_that_names_it(skill: str) -> None:
    import yaml

    shipped = TrainConfig.load(CONFIGS / f"{skill}.yaml").to_dict()
    default = {**TrainConfig.from_dict({**BASE, "regulariser": {}}).to_dict(), "scene_frame": None}
    for keys, remark in remarks(CONFIGS / f"{skill}.yaml"):
        here, by_default = shipped, default
        for key in keys:
            here, by_default = here[key], by_default[key]
        if keys[0] in BASE or isinstance(here, dict) or here == by_default or keys == ["regulariser"]:
            continue
        named = re.search(r"by default (\[.*?\]|[^\s,:;]+)", remark)
        assert named and yaml.safe_load(named[1].rstrip(".")) == by_default, keys


def test_overrides_apply_in_order(tmp_path: Path) -> None:
    overrides = ["training.steps=3", "training.learning_rate=1e-4", "data=elsewhere", "regulariser.weight=0.5"]
    config = TrainConfig.load(CONFIGS / "pick.yaml", [*overrides, "model.channels=[8, 16]", "training.steps=4"])
    assert (config.training.steps, config.training.learning_rate, config.data) == (4, 1e-4, "elsewhere")
    assert config.regulariser is not None and config.regulariser.weight == 0.5
    assert config.model.channels == (8, 16)
    assert TrainConfig.load(CONFIGS / "pick.yaml", ["regulariser=null"]).regulariser is None


def test_its_places_may_begin_with_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    (tmp_path / "c.yaml").write_text("name: x\ndata: ~/demos\nruns: ~/runs\n")
    config = TrainConfig.load(tmp_path / "c.yaml")
    assert config.data == "/home/me/demos" and config.run_dir == Path("/home/me/runs/x")
    assert TrainConfig.load(tmp_path / "c.yaml", ["data=~/others"]).data == "/home/me/others"


def test_plain_data_round_trips() -> None:
    config = TrainConfig.load(CONFIGS / "pick.yaml")
    assert TrainConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"trainig": {}}, ["trainig", "training", "diffusion"]),
        ({"training": {"epochs": 3}}, ["epochs", "steps", "batch"]),
        ({"regulariser": {"x": "reward"}}, ["regulariser.x", "reward", *QUANTITIES]),
        ({"regulariser": {"x": "observation", "y": "noisy_action"}}, ["predicted_noise", "denoised_action"]),
        ({"regulariser": {"x": "denoised_action", "y": "denoised_action"}}, ["regulariser.y"]),
        ({"regulariser": {"weight": -1}}, ["regulariser.weight", "-1", "at least 0"]),
        ({"training": {"learning_rate": "fast"}}, ["training.learning_rate", "fast", "number"]),
        ({"training": {"learning_rate": float("nan")}}, ["training.learning_rate", "finite"]),
        ({"training": {"steps": 2.5}}, ["training.steps", "2.5", "whole number"]),
        ({"training": 3}, ["training", "3", "mapping"]),
        ({"model": {"kernel": 4}}, ["model.kernel", "4", "odd"]),
        ({"model": {"channels": [30]}}, ["model.channels", "30", "multiples", "8"]),
        ({"diffusion": {"sampling_steps": 101}}, ["diffusion.sampling_steps", "101", "100"]),
        ({"diffusion": {"method": "gan"}}, ["diffusion.method", "gan", "diffusion", "flow"]),
        ({"diffusion": {"method": "regression"}}, ["diffusion.sampling_steps", "10", "1 with regression"]),
        ({"diffusion": {"clip_sample": 1}}, ["diffusion.clip_sample", "true or false"]),
        ({"name": "../up"}, ["name", "../up"]),
        ({"seed": -1}, ["seed", "-1"]),
    ],
)
def test_bad_values_are_named_with_what_is_right(data: dict[str, object], said: list[str]) -> None:
    with pytest.raises(MidpError) as error:
        TrainConfig.from_dict({**BASE, **data})
    for text in said:
        assert text in str(error.value)


@pytest.mark.parametrize("override", ["training.steps", "=3", "name.first=3", "seed=[1"])
def test_bad_overrides_are_refused(override: str) -> None:
    with pytest.raises(MidpError, match="override"):
        TrainConfig.load(CONFIGS / "pick.yaml", [override])


def test_bad_files_are_refused_and_nothing_in_them_runs(tmp_path: Path) -> None:
    path, trace = tmp_path / "c.yaml", tmp_path / "trace"
    for text in (f"name: !!python/object/apply:os.mkdir ['{trace}']", "a: [", "- 1", ""):
        path.write_text(text)
        with pytest.raises(FileFormatError, match="c.yaml"):
            TrainConfig.load(path)
    assert not trace.exists()
    with pytest.raises(FileFormatError, match="missing.yaml"):
        TrainConfig.load(tmp_path / "missing.yaml")
    path.write_text("name: a")
    with pytest.raises(MidpError, match="data"):
        TrainConfig.load(path)
