"""Loss curves of others: what is read from made-up ones of which all is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from midp_ros.core.errors import FileFormatError
from midp_ros.experiment.published_curves import permutation_p, read_curves


def curves_in(folder: Path) -> None:
    for i in range(5):
        steps = np.arange(300)
        falling = np.exp(-steps / 30)
        np.save(folder / f"with_{i}.npy", falling + 0.089 + 0.001 * (i - 2))
        np.savetxt(folder / f"without_{i}.csv", np.stack([steps, falling + 0.072 + 0.001 * (i - 2)], 1), delimiter=",",
                   header="step,loss", comments="")  # fmt: skip
    odd = np.load(folder / "with_4.npy")
    odd[[50, 60]] = -0.2
    np.save(folder / "with_4.npy", odd)


def test_ends_negative_values_and_the_difference_are_found(tmp_path: Path) -> None:
    curves_in(tmp_path)
    reading = read_curves(tmp_path)
    assert [len(c) for c in reading.curves.values()] == [5, 5]
    assert reading.difference == pytest.approx(0.017, abs=1e-4)
    assert reading.p_value == pytest.approx(2 / 252)  # the least that five against five can give
    assert "with: 0.0894" in reading.lines[0] and "without: 0.0724" in reading.lines[1]
    assert reading.lines[3:] == [
        "with_4.npy: 2 of 300 values are below 0, so this is no squared error: a term was subtracted from it"
    ]


def test_the_p_value_is_that_of_scipy() -> None:
    from scipy.stats import permutation_test  # takes a second, which each process that collects tests would spend

    random = np.random.default_rng(0)
    first, second = random.normal(size=5), random.normal(size=4) + 0.5
    theirs = permutation_test(
        (first, second), lambda a, b: abs(np.mean(a) - np.mean(b)), n_resamples=np.inf, alternative="greater"
    )
    assert permutation_p(first, second) == pytest.approx(theirs.pvalue)


def test_what_is_no_curve_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileFormatError, match="holds no curve with"):
        read_curves(tmp_path)
    (tmp_path / "with_0.csv").write_text("step,loss\n")
    with pytest.raises(FileFormatError, match="with_0.csv is no loss curve"):
        read_curves(tmp_path)
