"""What an evaluation over ROS notes and writes down; imports core."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.errors import OutputError, RecordingError
from midp_ros.core.files.output import write_text
from midp_ros.core.statistics import wilson_interval
from midp_ros.nodes.ros.task_status import TaskReport


class EvaluationReport:
    """Scores per episode, and the observations of the first successful one, from which pictures can be made."""

    def __init__(self, contract: Contract, run_with: Mapping[str, Any]):
        self.contract = contract
        self.run_with = dict(run_with)
        self.episodes: list[dict[str, Any]] = []
        self.replay: dict[str, Any] | None = None
        self._frames: list[tuple[float, Array]] = []

    @property
    def successes(self) -> int:
        """How many succeeded so far."""
        return sum(e["success"] for e in self.episodes)

    @property
    def reflexes(self) -> int:
        """How often the robot stopped so far."""
        return sum(e["reflexes"] for e in self.episodes)

    def note(self, time_s: float, observation: Array) -> None:
        """Keeps one observation of the running episode."""
        self._frames.append((time_s, observation))

    def end(
        self, report: TaskReport, counts: Mapping[str, int], started_s: float, ended_s: float, reflexes: int = 0
    ) -> None:
        """Closes an episode; `counts` are messages received since its start."""
        seconds = max(ended_s - started_s, 1e-9)
        rates = {f"{name}_rate_hz": count / seconds for name, count in counts.items()}
        self.episodes.append(
            {"seed": report.seed, "success": report.success, "duration_s": report.elapsed_s,
             "position_error_m": report.position_error_m, "rotation_error_rad": report.rotation_error_rad,
             "reflexes": reflexes, "missing": report.missing, **rates}
        )  # fmt: skip
        if report.success and self.replay is None and self._frames:
            times, rows = zip(*self._frames, strict=True)
            table = np.stack(rows)
            columns = {name: table[:, place].tolist() for name, place in self.contract.observation_slices.items()}
            self.replay = {"seed": report.seed, "time_s": [t - times[0] for t in times], **columns}
        self._frames = []

    def summary(self) -> dict[str, Any]:
        """Everything as plain data."""
        succeeded = [e["duration_s"] for e in self.episodes if e["success"]]
        count = len(self.episodes)
        return {
            **self.run_with,
            "success_rate": len(succeeded) / count,
            "success_interval": list(wilson_interval(len(succeeded), count)),
            "mean_time_to_success_s": float(np.mean(succeeded)) if succeeded else None,
            "reflexes": self.reflexes,
            "episodes": self.episodes,
            "replay": self.replay,
        }

    def write(self, path: Path) -> None:
        """Writes the summary as JSON, whole or not at all; raises RecordingError."""
        try:
            write_text(path, json.dumps(self.summary(), indent=1) + "\n")
        except OutputError as e:
            raise RecordingError(str(e)) from None
