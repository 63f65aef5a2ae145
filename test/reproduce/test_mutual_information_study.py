"""`midp reproduce mutual_information`: its parts run, and its verdict is what the episodes say."""

from dataclasses import replace

import numpy as np
import pytest

from midp_ros.learning.config import TrainConfig
from midp_ros.reproduce.mutual_information import study, trainings
from midp_ros.reproduce.mutual_information.study import STUDY
from midp_ros.reproduce.mutual_information.variants import FULL, QUICK, VARIANTS


def quiet(done, total, what):
    """A Report without effect."""


def made_up(success):
    way = np.cumsum(np.ones((5, 3)) / 50, 0).tolist()
    chunk = (np.ones((16, 2)) / 2).tolist()
    return {
        "success": success, "path_m": [0.2] * len(success), "jerk": [1.0] * len(success), "ways_m": [way],
        "error": [0.2, 0.1], "step": [25, 50], "bound": [None, None], "parameters": 1, "train_s": 1.0,
        "chunks": {"there": [chunk] * 5, "back": [[chunk]] * 3},
    }  # fmt: skip


@pytest.mark.parametrize("quick", [True, False])
def test_every_part_has_a_training_configuration_and_a_name_of_its_own(quick):
    parts = STUDY.parts(quick)
    extent = QUICK if quick else FULL
    assert len({p.name for p in parts}) == len(parts)
    assert len(parts) == len(extent.tasks) * len(extent.sizes) * len(VARIANTS) * len(extent.seeds)
    for part in parts:
        TrainConfig.from_dict({"name": "x", "data": "x", **part.settings["training"]})


@pytest.mark.slow
def test_the_verdict_follows_from_the_episodes(tmp_path):
    results = {
        "reach-small-none-0": made_up([1.0] * 20),
        "reach-small-published-0": made_up([0.0] * 20),
        "reach-small-price-0": made_up([1.0] * 20),
    }
    page = STUDY.page(results, tmp_path, True)
    assert "The published form on `reach`, small, is worse than no regulariser, small: -1.00" in page.verdict
    assert "not distinguished" in page.verdict and page.verdict.endswith("The claim does not hold here.")
    assert all((tmp_path / f"{name}.png").stat().st_size for name in ("curves", "chunks-reach", "ways-reach"))
    results["reach-small-none-0"] = made_up([0.0] * 20)
    results["reach-small-published-0"] = made_up([1.0] * 20)
    assert STUDY.page(results, tmp_path, True).verdict.endswith("The claim holds here.")


@pytest.mark.slow
def test_a_smaller_network_with_it_shall_do_as_well_as_a_larger_one_without(tmp_path, monkeypatch):
    for each in ("draw_curves", "draw_chunks", "draw_ways"):  # the test before draws them
        monkeypatch.setattr(study, each, lambda *_: None)
    results = {}
    for task in FULL.tasks:
        for seed in FULL.seeds:
            for size, loss, successes in (("small", "none", 10), ("small", "published", 18), ("medium", "none", 18),
                                          ("medium", "published", 20)):  # fmt: skip
                results[f"{task}-{size}-{loss}-{seed}"] = made_up([1.0] * successes + [0.0] * (20 - successes))
    verdict = STUDY.page(results, tmp_path, False).verdict
    assert "on `reach`, small, is as good as (within 0.05) no regulariser, medium: +0.00" in verdict
    worse = dict(results)
    for seed in FULL.seeds:
        worse[f"reach-small-published-{seed}"] = made_up([1.0] * 10 + [0.0] * 10)
    verdict = STUDY.page(worse, tmp_path, False).verdict
    assert "small, is worse than no regulariser, medium" in verdict and verdict.endswith("does not hold here.")
    del results["recall-medium-none-2"]
    assert STUDY.page(results, tmp_path, False).verdict.endswith("The claim is open: not all trainings are done.")


@pytest.mark.slow
def test_a_part_records_trains_exports_runs_and_draws(tmp_path, monkeypatch):
    tiny = replace(QUICK, tasks={"reach": 2}, steps=4, batch=8, episodes=1)
    monkeypatch.setattr(trainings, "QUICK", tiny)
    parts = {part.name: part for part in STUDY.parts(True)}
    files = tmp_path / "files"
    files.mkdir()
    result = parts["reach-small-price-0"].work(quiet, files)
    assert len(result["success"]) == 1 and result["parameters"] > 1e5
    assert np.shape(result["chunks"]["there"]) == (5, 16, 2) and np.shape(result["chunks"]["back"]) == (3, 12, 16, 2)
    assert (tmp_path / "reach-episode.gif").read_bytes().startswith(b"GIF")
    assert len(list((files / "reach").glob("*.mcap"))) == 2
