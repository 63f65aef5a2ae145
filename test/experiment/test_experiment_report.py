"""Cells and report: pairing, missing cells, and that the plots are drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from experiment_files import experiment, plain_experiment, result

from midp_ros.experiment.config import Experiment
from midp_ros.experiment.report import write_report
from midp_ros.experiment.runs import runs_of
from midp_ros.experiment.summary import cells_of

BASE = {0: [0.1, 0.9, 0.5, 0.3], 1: [0.2, 1.0, 0.4, 0.0], 2: [0.0, 0.8, 0.6, 0.1]}


def some_results(settings):
    """Push-T's small size: three seeds without, two with a regulariser, each 0.05 better."""
    runs = [r for r in runs_of(settings) if (r.task, r.size) == ("pusht", "small")]
    for run in runs:
        if run.variant == "none":
            yield result(run, BASE[run.seed])
        elif run.seed < 2:
            yield result(run, [x + 0.05 for x in BASE[run.seed]])


def test_the_difference_is_paired_by_seed_and_episode(tmp_path: Path) -> None:
    settings = experiment(tmp_path)
    none, published, *others = cells_of(settings, list(some_results(settings)))
    assert none.difference is None and none.reward is not None and none.reward.seeds == 3
    assert none.reward.mean == pytest.approx(sum(map(sum, BASE.values())) / 12)
    d = published.difference
    assert d is not None and d.seeds == 2
    # Seeds and episodes differ by far more than 0.05, but pairs by exactly that.
    assert (d.mean, d.low, d.high) == pytest.approx((0.05, 0.05, 0.05))
    assert published.reward is not None and published.reward.high - published.reward.low > 0.3
    assert len(others) == 4 and all(c.reward is None and c.difference is None for c in others)


@pytest.mark.slow
def test_the_report_shows_what_there_is_and_what_is_missing(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    settings = experiment(tmp_path)
    write_report(settings, list(some_results(settings)), ["A remark."])
    text = (settings.results / "README.md").read_text()
    assert "5 of 18 runs are done." in text and "- A remark." in text
    assert "| 0.475 (0.500 0.450) |" in text and "| 2 of 3 | +0.050 (+0.050 to +0.050) |" in text
    assert "| large | | published | missing | | 0 of 3 |" in text
    for picture in ("reward-pusht.png", "curves-pusht.png"):
        assert f"({picture})" in text and (settings.results / picture).read_bytes().startswith(b"\x89PNG")
    assert "reward-other.png" not in text and not (settings.results / "reward-other.png").exists()
    before = (settings.results / "reward-pusht.png").read_bytes()
    write_report(settings, list(some_results(settings)), ["A remark."])
    assert (settings.results / "reward-pusht.png").read_bytes() == before


def test_results_of_different_demonstrations_are_pointed_out(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    settings = experiment(tmp_path)
    run = runs_of(settings)[1]
    others = [*some_results(settings), result(run, BASE[0], data_hash="ef" * 32)]
    write_report(settings, others)
    text = (settings.results / "README.md").read_text()
    assert "small, seed 0, come from different demonstrations (abababababab, efefefefefef) and are not compared" in text
    assert "| 2 of 3 | +0.050 (+0.050 to +0.050, 1 seeds)" in text


def test_results_of_different_devices_are_pointed_out(tmp_path: Path) -> None:
    """Files from before devices were recorded are of a CPU; a seed whose variants share a device is no mixture."""
    pytest.importorskip("matplotlib")
    settings, gpu = experiment(tmp_path), {"device": "NVIDIA H200", "precision": "bfloat16"}
    found = list(some_results(settings))
    assert {r.trained_on for r in found} == {("CPU", "float32")}
    on_gpu = [r for r in found if (r.variant, r.seed) == ("published", 0) or r.seed == 1]
    write_report(settings, [replace(r, machine=replace(r.machine, **gpu)) if r in on_gpu else r for r in found])
    text = (settings.results / "README.md").read_text()
    assert "pusht, small, seed 0, were trained on different devices or in different precisions" in text
    assert "(CPU, float32; NVIDIA H200, bfloat16)" in text and "seed 1, were trained" not in text
    assert "a processor, 2 cores; a processor, 2 cores, trained on NVIDIA H200 in bfloat16: " in text


def test_seeds_of_different_demonstrations_are_averaged(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    settings = experiment(tmp_path)
    seed_1 = [r for r in runs_of(settings) if (r.task, r.size, r.seed) == ("pusht", "small", 1)]
    rewards = [0.5, 0.5, 0.5, 0.5], [0.7, 0.7, 0.7, 0.7]
    others = [result(run, r, data_hash="ef" * 32) for run, r in zip(seed_1, rewards, strict=True)]
    write_report(settings, [*(r for r in some_results(settings) if r.seed == 0), *others])
    text = (settings.results / "README.md").read_text()
    assert "The seeds of pusht come from 2 recordings of the same demonstrations" in text
    assert "| 2 of 3 | +0.125" in text and "not compared" not in text


def test_variants_that_learn_parts_are_paired_though_their_demonstrations_differ(tmp_path: Path) -> None:
    plain = plain_experiment(tmp_path)
    plain["variants"]["published"]["part"] = "part_{seed}"
    settings = Experiment.from_dict(plain)
    results = [
        replace(r, data_hash="ef" * 32 if r.variant == "published" else r.data_hash) for r in some_results(settings)
    ]
    difference = cells_of(settings, results)[1].difference
    assert difference is not None and difference.seeds == 2 and difference.mean == pytest.approx(0.05)
    write_report(settings, results)
    text = (settings.results / "README.md").read_text()
    assert "recordings of the same demonstrations" not in text and "are not compared" not in text
