"""The training configuration refuses what it cannot mean, and says what would be right."""

from __future__ import annotations

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


def test_every_task_has_a_file_that_trains_it() -> None:
    """Those of this package, apart from play, which is learned from together with demonstrations (flow.yaml)."""
    learned = {TrainConfig.load(path).data.removeprefix("data/") for path in CONFIGS.glob("*.yaml")}
    own = {offer.name for offer in TASKS.offers() if offer.package == "midp_ros"}
    assert own - {"carry_play"} <= learned


def test_overrides_apply_in_order(tmp_path: Path) -> None:
    overrides = ["training.steps=3", "training.learning_rate=1e-4", "data=elsewhere", "regulariser.weight=0.5"]
    config = TrainConfig.load(CONFIGS / "pick.yaml", [*overrides, "model.channels=[8, 16]", "training.steps=4"])
    assert (config.training.steps, config.training.learning_rate, config.data) == (4, 1e-4, "elsewhere")
    assert config.regulariser is not None and config.regulariser.weight == 0.5
    assert config.model.channels == (8, 16)
    assert TrainConfig.load(CONFIGS / "pick.yaml", ["regulariser=null"]).regulariser is None


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
