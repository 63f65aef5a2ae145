"""Ways past the post of the task `avoid`: one observation before it, sides, and counts; imports core and simulation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, tool_down
from midp_ros.core.statistics import wilson_interval
from midp_ros.simulation.tasks.avoid import POST_HALF_M

TASK = "avoid"
BEFORE_M = 0.10  # of the tool before the post's centre, in the one observation that all policies are asked about
SPEED_M_S = 0.10  # of the tool then
HEIGHT_M = 0.12
CLEAR_M = POST_HALF_M[1] + 0.02  # beside the post's centre; a way that passes nearer leads the fingers into it
SIDES = ("left", "post", "right")


def before_the_post(contract: Contract) -> Array:
    """A window (observed, observation_size): the tool moves straight at the post, as far from either side."""
    post_m = np.array([0.51, 0.0, POST_HALF_M[2]])
    window = np.zeros((contract.horizon.observed, contract.observation_size))
    down = Pose(post_m, tool_down(0.0)).rotation6
    values = {
        "obstacle_position": post_m,
        "goal_position": np.array([0.66, 0.0, HEIGHT_M]),
        "goal_rotation": down,
        "tool_rotation": down,
    }
    for name, value in values.items():
        window[:, contract.observation_slices[name]] = value
    for i in range(contract.horizon.observed):
        ago_s = (contract.horizon.observed - 1 - i) * contract.step_s
        place_m = [post_m[0] - BEFORE_M - SPEED_M_S * ago_s, 0.0, HEIGHT_M]
        window[i, contract.observation_slices["tool_position"]] = place_m
    return window


def from_post(tool_m: Array, post_m: Array) -> Array:
    """Tool positions (..., 3) seen from the post (..., 2) [m]: to its left, then ahead."""
    offset_m = (tool_m - post_m)[..., :2]
    return offset_m[..., ::-1]


def side(way_m: Array) -> str:
    """Where a way of `from_post` (steps, 2) is when it is nearest to passing the post: left, right, or post."""
    aside_m = float(way_m[np.abs(way_m[:, 1]).argmin(), 0])
    return "post" if abs(aside_m) < CLEAR_M else "left" if aside_m > 0 else "right"


def counted(values: Sequence[str]) -> dict[str, int]:
    """How many of each side."""
    return {each: list(values).count(each) for each in SIDES}


def share(some: int, all_: int) -> str:
    """A share in per cent with Wilson's 95 % interval, for people."""
    low, high = wilson_interval(some, all_)
    return f"{100 * some / all_:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def kept(counts: dict[str, Any]) -> int:
    """How many of the two ways have more than 10 % at the lower end of their share's interval."""
    total = sum(counts[each] for each in SIDES)
    return sum(wilson_interval(counts[each], total)[0] > 0.1 for each in ("left", "right"))
