"""The expert for `push`: plans two strokes ahead, moves to the first one's contact, pushes; imports core."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation6, tool_down
from midp_ros.expert.quasi_static_pushing import STROKES_M, Complex, pushes

CLOSED_M = 0.0
PUSH_HEIGHT_M, TRAVEL_HEIGHT_M = 0.02, 0.05  # of the tool: beside the block, and clear above it
LOW_M = 0.035  # below this the tool is beside the block
GAP_M = 0.015  # between finger tips and block where the tool comes down
LEAD_M, GAIN = 0.03, 0.6  # how far ahead of the contact the tool aims, at most and of the stroke: sets its speed
TIP_HALF_X_M, TIP_HALF_Y_M = 0.010, 0.012  # of the closed finger tips
NEAREST_M, FARTHEST_M = 0.31, 0.78  # from the base, where the arm gets the tool down to the table
OUT_OF_REACH_S = 30.0  # counted against other places
ARM_M = 0.08  # a turn of one radian is as bad as this distance
SECONDS_PER_M, CHANGE_S, TRAVEL_S_PER_M = 12.0, 1.2, 5.0  # of pushing; of lifting, crossing and coming down
MORE_S, NEAR_M = 4.0, 0.004  # of a further stroke; error below which none is needed
MORE_S_PER_M = 200.0  # of removing what is left


class PushRule:
    """A function of the present observation alone: the plan is made anew at every step, nearest contacts first."""

    disturb_m = 0.004  # with 0.015 four of eight episodes failed: a stroke needs the tips on the block's edge

    def __init__(self) -> None:
        self._pushes = pushes()
        point = self._pushes.point_m
        apart = np.abs(point[:, None] - point)
        self._change_s = np.where(apart > 0, CHANGE_S + TRAVEL_S_PER_M * apart, 0.0)  # (contacts, contacts)

    def reset(self) -> None:
        """Nothing to forget."""

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to, fingers closed."""
        block, turn = _planar(observed, "object")
        target, target_turn = _planar(observed, "goal")
        into_block = np.exp(-1j * turn)
        inward = self._pushes.inward
        # Where the tool stands when its tips touch the contacts, and where it comes down, in the block's frame.
        touching = self._pushes.point_m - _touching_point(inward / into_block) * into_block
        behind = touching - GAP_M * inward
        place, height_m = (complex(*tool.position_m[:2]) - block) * into_block, float(tool.position_m[2])
        ready = _ready((place - touching) / inward, height_m)
        reach_m = np.abs(block + behind / into_block)
        begin_s = np.where(ready, 0.0, CHANGE_S + TRAVEL_S_PER_M * np.abs(place - touching))
        begin_s += np.where((reach_m > NEAREST_M) & (reach_m < FARTHEST_M), 0.0, OUT_OF_REACH_S)
        contact, stroke_m = self._plan((target - block) * into_block, target_turn - turn, begin_s)
        if ready[contact]:
            goal, height_m = touching[contact] + min(GAIN * stroke_m, LEAD_M) * inward[contact], PUSH_HEIGHT_M
        else:
            goal, height_m = _travel(behind[contact], place, height_m)
        goal = block + goal / into_block
        return Pose(np.array([goal.real, goal.imag, height_m]), tool_down(0.0)), CLOSED_M

    def _plan(self, error_m: complex, error_rad: float, begin_s: Array) -> tuple[int, float]:
        """Contact and length of the first of the two strokes that lead nearest to the goal for the time they take."""
        p = self._pushes
        first_s = begin_s[:, None] + SECONDS_PER_M * STROKES_M  # (contacts, strokes)
        left_m = (error_m - p.shift_m) * np.exp(-1j * p.turn_rad)
        left_rad = error_rad - p.turn_rad
        once_s = first_s + _remaining_s(np.abs(left_m), left_rad)
        # After a second stroke (contacts, strokes, contacts, strokes); how the axes are turned does not matter then.
        distance_m = np.abs(np.subtract.outer(left_m, p.shift_m))
        second_s = SECONDS_PER_M * STROKES_M + _remaining_s(distance_m, np.subtract.outer(left_rad, p.turn_rad))
        twice_s = first_s + (self._change_s[:, None] + second_s.min(axis=-1)).min(axis=-1)
        once_s[:, 1:] = np.minimum(once_s, twice_s)[:, 1:]  # the first stroke of two is never the empty one
        contact, stroke = np.unravel_index(np.argmin(once_s), once_s.shape)
        return int(contact), float(STROKES_M[stroke])


def _ready(gap: Complex, height_m: float) -> NDArray[np.bool_]:
    """Whether the tool is down and behind the contacts, given its place from where it touches, along the normals."""
    beside = (-GAP_M - 0.01 < gap.real) & (gap.real < 0.012) & (np.abs(gap.imag) < 0.009)
    return beside & (height_m < LOW_M)


def _travel(behind: complex, place: complex, height_m: float) -> tuple[complex, float]:
    """Up, across and down to behind the contact: the next place to go, and its height."""
    if abs(place - behind) < 0.008:
        return behind, PUSH_HEIGHT_M
    if height_m > TRAVEL_HEIGHT_M - 0.008:
        return behind, TRAVEL_HEIGHT_M
    return place, TRAVEL_HEIGHT_M


def _touching_point(direction: Complex) -> Complex:
    """The point of the closed finger tips that touches what they are pushed against, from the tool."""
    x, y = (np.clip(part / 0.15, -1, 1) for part in (direction.real, direction.imag))
    return TIP_HALF_X_M * x + 1j * TIP_HALF_Y_M * y


def _remaining_s(distance_m: Array, turn_rad: Array) -> Array:
    """Seconds that it takes to remove the block's remaining error."""
    turn_rad = turn_rad - 2 * np.pi * np.round(turn_rad / (2 * np.pi))
    left_m = np.sqrt(distance_m**2 + (ARM_M * turn_rad) ** 2)
    return MORE_S * left_m / (left_m + NEAR_M) + MORE_S_PER_M * left_m


def _planar(observed: dict[str, Array], name: str) -> tuple[complex, float]:
    """Position in the plane as x + iy [m], and yaw [rad]."""
    x_axis = matrix_from_rotation6(observed[f"{name}_rotation"])[:, 0]
    return complex(*observed[f"{name}_position"][:2]), float(np.arctan2(x_axis[1], x_axis[0]))
