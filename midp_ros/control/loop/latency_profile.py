"""Latency profile: durations of the stages from an observation to its command; imports control."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from midp_ros.control.timing.duration_histogram import DurationHistogram

STAGES = ("age", "delivery", "dispatch", "inference", "tracking", "shaping", "publishing")


class LatencyProfile:
    """Durations of every chunk: the age of its newest observation at the control step, and the stages from then on.

    `age` is since the observation's stamp, `delivery` since it was published; `dispatch` is from the control step to
    the inference thread, `shaping` ends with the head of the motion, checked.
    """

    def __init__(self) -> None:
        self._histograms = {stage: DurationHistogram() for stage in STAGES}

    def add(self, stage: str, duration_s: float) -> None:
        """Adds the duration of one of STAGES [s]."""
        self._histograms[stage].add(duration_s)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Measures one of STAGES."""
        start_s = time.monotonic()
        yield
        self.add(stage, time.monotonic() - start_s)

    def values(self) -> dict[str, float]:
        """For diagnostics: `age_p50_s`, `age_p99_s` and so on; NaN before the first chunk."""
        return {
            f"{stage}_p{percent}_s": histogram.percentile_s(float(percent))
            for stage, histogram in self._histograms.items()
            for percent in (50, 99)
        }
