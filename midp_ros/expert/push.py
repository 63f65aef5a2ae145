"""The expert for `push`: goes round the block to one of its sides, and pushes along an axis of it; imports core."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, matrix_from_rotation6, tool_down
from midp_ros.expert.quasi_static_pushing import RADIUS_M, STROKES_M, Complex, pushes

CLOSED_M = 0.0
PUSH_HEIGHT_M, TRAVEL_HEIGHT_M = 0.02, 0.06  # of the tool: beside the block, and clear above it
LOW_M, SETTLED_M = 0.03, 0.024  # below these it is beside the block; has come down
ROUND_M = 0.135  # radius of the circle about the block on which the tool goes round it
ENTRY_M, AHEAD_RAD = 0.02, 0.7  # where the tool comes down, of a way to a contact; how far ahead on the circle it aims
LANE_M, SIDE_M, OVER_M = 0.009, 0.03, 0.012  # of a way to a contact: half its width; its part beside the block; past it
SLOW_M, TOUCH_M = 0.006, 0.002  # the last piece before a contact, up to which the tool brakes; past the contact then
LEAD_M, GAIN = 0.02, 0.6  # how far ahead of the contact the tool aims, at most and of the stroke: sets its speed
NEAREST_M, FARTHEST_M = 0.31, 0.78  # from the base, where the arm gets the tool down to the table
TIP_HALF_X_M, TIP_HALF_Y_M = 0.010, 0.012  # of the closed finger tips
ARM_M = 0.06  # a turn of one radian is as bad as this distance
STAY_M, FAR_M = 0.03, 0.05  # by which another axis has to lead nearer to the goal; less within this distance of it
SLIDE_M = 0.02  # along the edge, from where the tool is to where a stroke would best begin: so far it stays
NEAR_M = 0.004  # error below which nothing is pushed


@dataclass(frozen=True)
class _Error:
    """Of the block to its goal, in the block's frame: shift [m] and turn [rad]."""

    shift_m: complex
    turn_rad: float

    @property
    def size_m(self) -> float:
        return abs(complex(abs(self.shift_m), ARM_M * self.turn_rad))


class PushRule:
    """A function of the present observation alone, with few decisions in it, which a policy can learn.

    Of the block's four axes it takes the one along which a single stroke leads nearest to the goal. Where that stroke
    begins follows from how far the block has to turn on its way: a force that passes the centre at a distance l turns
    it by l / RADIUS_M^2 per metre. The tool stays beside the block, on the table: it comes down once, away from it.
    """

    disturb_m = 0.01  # recoveries to learn from; one episode in 13 fails by it, and is not kept

    def __init__(self) -> None:
        self._pushes = p = pushes()
        self._lever_m = (p.point_m.conj() * p.inward).imag
        self._axes: list[NDArray[np.intp]] = [np.flatnonzero(np.abs(p.inward - 1j**axis) < 1e-9) for axis in range(4)]

    def reset(self) -> None:
        """Nothing to forget."""

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to, fingers closed."""
        block, turn = _planar(observed, "object")
        target, target_turn = _planar(observed, "goal")
        into_block = np.exp(-1j * turn)
        error = _Error((target - block) * into_block, float((target_turn - turn + np.pi) % (2 * np.pi) - np.pi))
        place, height_m = (complex(*tool.position_m[:2]) - block) * into_block, float(tool.position_m[2])
        goal, height_m = self._next(error, place, height_m, block, into_block)
        goal = block + goal / into_block
        goal *= np.clip(abs(goal), NEAREST_M, FARTHEST_M) / abs(goal)
        return Pose(np.array([goal.real, goal.imag, height_m]), tool_down(0.0)), CLOSED_M

    def _next(
        self, error: _Error, place: complex, height_m: float, block: complex, into_block: complex
    ) -> tuple[complex, float]:
        """The place to go next, in the block's frame, and its height."""
        inward = self._pushes.inward
        # Where the tool stands when its tips touch the contacts, and its place from there, along the normals.
        touching = self._pushes.point_m - _touching_point(inward / into_block) * into_block
        gap = (place - touching) / inward
        beside = (-SIDE_M < gap.real) & (gap.real < OVER_M) & (height_m < LOW_M)
        reach_m = np.abs(block + (touching - SIDE_M * inward) / into_block)
        reached = (reach_m > NEAREST_M) & (reach_m < FARTHEST_M)
        contact, stroke_m = self._choice(error, np.where(beside, np.abs(gap.imag), np.inf), reached)
        if error.size_m < NEAR_M or not stroke_m:
            return place, PUSH_HEIGHT_M if height_m < LOW_M else TRAVEL_HEIGHT_M
        off = gap[contact]
        if height_m > LOW_M or abs(off.imag) > LANE_M or off.real > OVER_M:
            return _travel(_entry(touching[contact], inward[contact]), place, height_m)
        lead_m = TOUCH_M if off.real < -SLOW_M else min(GAIN * stroke_m, LEAD_M)
        return touching[contact] + lead_m * inward[contact], PUSH_HEIGHT_M

    def _choice(self, error: _Error, aside_m: Array, reached: NDArray[np.bool_]) -> tuple[int, float]:
        """Contact and length [m] of the best axis' stroke; no length if none leads nearer to the goal.

        Args:
            aside_m: how far along the edge the tool is from each contact (contacts,), infinite where it is at none.
            reached: whether the arm gets to each contact (contacts,).
        """
        p = self._pushes
        best_m, chosen = np.inf, (0, 0.0)
        # The block turns on its way: seen from it, the goal lies in the mean direction.
        way_m = error.shift_m * np.exp(-0.5j * error.turn_rad) / np.sinc(error.turn_rad / (2 * np.pi))
        for axis, edge in enumerate(self._axes):
            contacts = edge[reached[edge]]
            if not len(contacts):
                continue
            along_m = max((way_m / 1j**axis).real, 1e-3)
            lever_m = RADIUS_M**2 * error.turn_rad / along_m
            contact = contacts[np.argmin(np.abs(self._lever_m[contacts] - lever_m))]
            nearest = contacts[np.argmin(aside_m[contacts])]
            there = aside_m[nearest] < LANE_M and abs(self._lever_m[nearest] - self._lever_m[contact]) < SLIDE_M
            contact = nearest if there else contact
            left = np.hypot(np.abs(error.shift_m - p.shift_m[contact]), ARM_M * (error.turn_rad - p.turn_rad[contact]))
            stroke = int(np.argmin(left))
            left_m = left[stroke] - there * STAY_M * min(1.0, error.size_m / FAR_M)
            if stroke > 0 and left_m < best_m:
                best_m, chosen = left_m, (int(contact), float(STROKES_M[stroke]))
        return chosen


def _entry(touching: complex, inward: complex) -> complex:
    """Where the way to a contact, straight along its normal, begins on the circle round the block."""
    from_centre = touching / inward
    along_m = max(np.sqrt(max(ROUND_M**2 - from_centre.imag**2, 0.0)), -from_centre.real)
    return inward * complex(-along_m, from_centre.imag)


def _travel(entry: complex, place: complex, height_m: float) -> tuple[complex, float]:
    """To the entry: from above straight and down, else out to the circle and round; the next place, and its height."""
    if height_m > SETTLED_M and abs(place - entry) < ENTRY_M:
        return entry, PUSH_HEIGHT_M
    if height_m > LOW_M:
        return entry, TRAVEL_HEIGHT_M
    outward = place / abs(place)
    angle = float(np.angle(entry / outward))
    if abs(angle) < AHEAD_RAD / 2 and abs(place) > 0.8 * ROUND_M:
        return entry, PUSH_HEIGHT_M
    if abs(place) < ROUND_M - 0.02:
        return outward * (ROUND_M + 0.01), PUSH_HEIGHT_M
    ahead_rad = np.clip(angle, -AHEAD_RAD, AHEAD_RAD)
    return outward * np.exp(1j * ahead_rad) * ROUND_M / np.cos(ahead_rad / 2), PUSH_HEIGHT_M


def _touching_point(direction: Complex) -> Complex:
    """The point of the closed finger tips that touches what they are pushed against, from the tool."""
    x, y = (np.clip(part / 0.15, -1, 1) for part in (direction.real, direction.imag))
    return TIP_HALF_X_M * x + 1j * TIP_HALF_Y_M * y


def _planar(observed: dict[str, Array], name: str) -> tuple[complex, float]:
    """Position in the plane as x + iy [m], and yaw [rad]."""
    x_axis = matrix_from_rotation6(observed[f"{name}_rotation"])[:, 0]
    return complex(*observed[f"{name}_position"][:2]), float(np.arctan2(x_axis[1], x_axis[0]))
