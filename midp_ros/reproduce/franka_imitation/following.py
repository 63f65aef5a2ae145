"""Drawings followed on the stand-in, whose reflexes are on; imports core to drawing, and simulation."""

from __future__ import annotations

from typing import Any

import numpy as np

from midp_ros.core.protocols import Policy
from midp_ros.drawing import DrawnPath
from midp_ros.reproduce.trials import shaping, stand_in
from midp_ros.simulation import rollout
from midp_ros.simulation.tasks.trace import Trace

DRAWINGS = ("square", "circle", "freehand")  # of config/paths
SEED = 0


def follow(policy: Policy, drawing: str) -> dict[str, Any]:
    """One drawing, 20 cm wide, 15 cm over the table: the tool's way, its distance to the drawing, reflexes.

    The way begins where tracing does: the tool starts beside the path.
    """
    path = DrawnPath.load(drawing)
    simulation = stand_in(Trace.of(path))
    result = rollout(simulation, policy, SEED, shape=shaping(simulation.profile, policy), keep_observations=True)
    tool_m = result.observations["tool_position"]
    away_m = np.linalg.norm(tool_m - path.points_m[0], axis=1)
    begun = int(np.argmax(away_m < 0.01))
    off = {"tracking_error_mean_m": away_m.min(), "tracking_error_worst_m": away_m.min()}  # of a path that is not begun
    off |= result.info
    return {
        "success": result.success,
        "seconds": round(result.duration_s, 1),
        "mean_mm": round(1e3 * float(off["tracking_error_mean_m"]), 2),
        "worst_mm": round(1e3 * float(off["tracking_error_worst_m"]), 2),
        "reflexes": len(result.reflexes),
        "failure": result.failure.reason if result.failure else "",
        "way_mm": (1e3 * tool_m[begun:, :2]).round(1).tolist(),
    }
