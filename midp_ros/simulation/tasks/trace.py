"""Trace: follow a path in space with the tool; imports core and the engine."""

from __future__ import annotations

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.errors import MidpError
from midp_ros.core.pose import Pose, angle_between, tool_down
from midp_ros.drawing.drawn_path import DrawnPath
from midp_ros.drawing.placement import vary
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.tasks.path import SPACING_M, random_path, resample
from midp_ros.simulation.tasks.task import Reachable, Start, random_tool

AHEAD_M = 0.03  # of the observed goal, before the point that the tool has reached
BEGUN_M = ENDED_M = 0.005  # so near to the path's start the tracing begins; so near to its end it is over
WINDOW_M = 0.03  # how far ahead of the last reached point the next is looked for: loops are not cut short
LOST_M = 0.02  # further off the path the tool makes no progress along it
PIECE_M = 0.01  # of the line that is drawn
START_BOX_M = 0.08  # the tool starts within this distance of the path's start, along each axis
LOWEST_M = 0.06
TRIES = 1000  # of a seed's path, until the arm reaches all of it
BLUE, RED = (0.20, 0.40, 0.75, 1), (0.83, 0.29, 0.17, 1)


class Trace:
    """Success: the whole path passed in order with a mean distance below 5 mm, within 10 s and 1 s for every 5 cm.

    Args:
        path_m: points of a given path in the base frame (points, 3) [m]; otherwise each seed draws its own.
        rotation: of the tool in the base frame (3, 3); by default it points straight down.
        varied: each seed draws another scale, turn and place of the given path.
    """

    name = "trace"
    time_limit_s = 30.0
    hold_s = 0.1
    mean_tolerance_m = 0.005

    def __init__(self, path_m: Array | None = None, rotation: Array | None = None, varied: bool = False):
        self._given = None if path_m is None else resample(path_m)
        self._rotation, self._varied = tool_down(0.0) if rotation is None else rotation, varied

    @classmethod
    def of(cls, drawn: DrawnPath) -> Trace:
        """Of a drawn path."""
        placement = drawn.placement
        return cls(drawn.points_m, placement.rotation, placement.varied)

    def reset(self, engine: Engine, rng: np.random.Generator, reachable: Reachable) -> Start:
        """Draws the path, unless it is given, and the tool's start near the path's."""
        self._path = self._draw(rng, reachable)
        self.time_limit_s = 10.0 + len(self._path) * SPACING_M / 0.05
        self._reached, self._begun = 0, False
        self._travelled_m = self._deviation_m2 = self._worst_m = 0.0
        first = self._path[0]
        low, high = first - START_BOX_M, first + START_BOX_M
        low[2] = max(low[2], LOWEST_M)
        start = random_tool(rng, low, np.maximum(high, low), np.radians(20.0), np.radians(5.0), reachable)
        self._line = _line(engine, self._path)
        self._goal_mark = engine.add_figure([((0.005, 0.005, 0.005), (0, 0, 0))], self._at(0), RED)
        return Start(start, gripper_width_m=0.0)

    def _draw(self, rng: np.random.Generator, reachable: Reachable) -> Array:
        for _ in range(TRIES if self._given is None or self._varied else 1):
            path = self._candidate(rng)
            places = path[:: round(0.05 / SPACING_M)]
            beyond = next((p for p in places if not reachable(Pose(p, self._rotation))), None)
            if beyond is None:
                return path
        assert beyond is not None
        raise MidpError(f"the path leaves the arm's reach at {beyond.round(3).tolist()} m")

    def _candidate(self, rng: np.random.Generator) -> Array:
        if self._given is None:
            return random_path(rng)
        return resample(vary(self._given, rng)) if self._varied else self._given

    def _at(self, ahead_m: float) -> Pose:
        index = min(self._reached + round(ahead_m / SPACING_M), len(self._path) - 1)
        return Pose(self._path[index], self._rotation)

    def observe(self, engine: Engine) -> dict[str, Pose]:
        """The path where the tool should be now, and the goal 3 cm further on; before the tracing begins, its start."""
        return {"path": self._at(0.0), "goal": self._at(AHEAD_M if self._begun else 0.0)}

    def place(self, engine: Engine, poses: dict[str, Pose]) -> None:
        """Sets the goal; where it is off this episode's path, as in a recording, the path is drawn step by step."""
        goal = poses["goal"]
        engine.move_marker(self._goal_mark, goal)
        if np.linalg.norm(self._path - goal.position_m, axis=1).min() > SPACING_M:
            engine.move_marker(self._line, goal)
            self._line = self._line[1:]

    def tool_error(self, engine: Engine, tool: Pose) -> tuple[float, float]:
        """To the path where the tool should be now."""
        path = self._at(0.0)
        return float(np.linalg.norm(tool.position_m - path.position_m)), angle_between(tool.rotation, path.rotation)

    def satisfied(self, engine: Engine, tool: Pose) -> bool:
        """Follows the tool along the path; returns whether it has passed all of it and was near enough."""
        if not self._begun:
            self._begun = bool(np.linalg.norm(tool.position_m - self._path[0]) < BEGUN_M)
        elif not self._ended:
            self._follow(tool.position_m)
        self._last_m = tool.position_m
        engine.move_marker(self._goal_mark, self.observe(engine)["goal"])
        return self._ended and self.mean_distance_m < self.mean_tolerance_m

    def missing(self, engine: Engine, tool: Pose) -> tuple[str, str]:
        """How far along the path the tool came, or how far it strayed."""
        length = (len(self._path) - 1) * SPACING_M
        passed, mean = f"{self._reached * SPACING_M:.2f} m of {length:.2f} m are passed", self.mean_distance_m
        if not self._begun:
            away_m = self.tool_error(engine, tool)[0]
            return "the path is not begun", f"the tool is {1000 * away_m:.0f} mm from its start"
        what = "the path is not passed to its end"
        if self._ended:
            what = "the tool strayed from the path"
        return what, f"{passed}, {1000 * mean:.1f} mm off on average, allowed: {1000 * self.mean_tolerance_m:.0f} mm"

    def _follow(self, tool_m: Array) -> None:
        ahead = self._path[self._reached : self._reached + round(WINDOW_M / SPACING_M)]
        distances_m = np.linalg.norm(ahead - tool_m, axis=1)
        nearest = int(np.argmin(distances_m))
        moved_m = float(np.linalg.norm(tool_m - self._last_m))
        self._travelled_m += moved_m
        self._deviation_m2 += moved_m * float(distances_m[nearest])
        self._worst_m = max(self._worst_m, float(distances_m[nearest]))
        if distances_m[nearest] < LOST_M:
            self._reached += nearest

    @property
    def _ended(self) -> bool:
        return (len(self._path) - 1 - self._reached) * SPACING_M <= ENDED_M

    def info(self, engine: Engine) -> dict[str, float]:
        """Distance of the tool to the path, since the tracing began; nothing before that."""
        if not self._begun:
            return {}
        return {"tracking_error_mean_m": self.mean_distance_m, "tracking_error_worst_m": self._worst_m}

    @property
    def mean_distance_m(self) -> float:
        """Distance to the path, averaged over the tool's way since the tracing began [m]."""
        return self._deviation_m2 / self._travelled_m if self._travelled_m > 0 else 0.0


def _line(engine: Engine, path: Array) -> list[int]:
    pieces = resample(path, PIECE_M)
    half = (PIECE_M / 2, 0.0015, 0.0015)
    bodies = []
    for start, end in zip(pieces[:-1], pieces[1:], strict=True):
        x = (end - start) / np.linalg.norm(end - start)
        y = np.cross(np.eye(3)[np.argmin(np.abs(x))], x)
        y /= np.linalg.norm(y)
        bodies += engine.add_figure(
            [(half, (0, 0, 0))], Pose((start + end) / 2, np.column_stack([x, y, np.cross(x, y)])), BLUE
        )
    return bodies
