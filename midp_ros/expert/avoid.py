"""The expert for `avoid`: round the post on a side that is drawn, then to the goal; imports core."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation6

CLOSED_M = 0.0
ASIDE_M, WIDTH_M = 0.085, 0.075  # of the path's bulge round the post, a Gaussian: its height and where it is 1/e
AHEAD_M = 0.06  # how far ahead on the path the tool aims: far enough for full speed
OFF_M = 0.03  # so far off the path the tool first comes back to it, and does not go on
BESIDE_M = 0.06  # before and behind the post's centre, where the tool cannot change sides any more


class AvoidRule:
    """The path bulges round the post; a tool that is pushed off it comes back.

    The side is drawn in each episode and cannot be observed: equal observations have two right answers. A tool that is
    pushed to the other side right beside the post goes on there.
    """

    def reset(self) -> None:
        """Left, until a side is drawn."""
        self._side = 1.0

    def draw(self, rng: np.random.Generator) -> None:
        """Draws the episode's side, left and right equally often."""
        self._side = float(rng.choice([1.0, -1.0]))

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to, gripper closed."""
        goal_m, post_m = observed["goal_position"], observed["obstacle_position"]
        rotation = matrix_from_rotation6(observed["goal_rotation"])
        length_m = float(np.linalg.norm((goal_m - post_m)[:2]))
        along = (goal_m - post_m)[:2] / length_m
        left = np.array([-along[1], along[0]])
        offset_m = (tool.position_m - post_m)[:2]
        passed_m, aside_m = float(along @ offset_m), float(left @ offset_m)
        if abs(passed_m) < BESIDE_M and aside_m * self._side < 0.0:
            self._side = -self._side
        off_m = abs(aside_m - self._aside_m(passed_m))
        next_m = passed_m + AHEAD_M * max(0.0, 1.0 - off_m / OFF_M)
        if next_m > length_m:
            return Pose(goal_m, rotation), CLOSED_M
        place_m = post_m[:2] + next_m * along + self._aside_m(next_m) * left
        return Pose(np.append(place_m, goal_m[2]), rotation), CLOSED_M

    def _aside_m(self, passed_m: float) -> float:
        """How far left of the line from the post to the goal the path runs, from how far along it."""
        return self._side * ASIDE_M * float(np.exp(-((passed_m / WIDTH_M) ** 2)))
