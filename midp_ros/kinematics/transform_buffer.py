"""Transforms between frames over the last seconds, as tf2's buffer keeps them.

Imports core. rclpy's wheels carry no tf2. `lookup` follows its rules: static transforms hold at any time, moving
ones are interpolated, never extrapolated, and time 0 means the newest time at which all of the chain is known.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from midp_ros.core.errors import ObservationError
from midp_ros.core.pose import Pose, matrix_from_rotation_vector, rotation_vector

REMEMBERED_S = 10.0  # tf2's default
BACKWARDS_S = 1.0  # a sender whose stamps go back by more has begun anew: a simulation, a recording
ROUNDING_S = 1e-6  # of stamps in seconds


class TransformError(ObservationError):
    """Two frames without a transform between them at a time; the message names what is missing."""


class PendingTransformError(TransformError):
    """A transform that is not known yet at a time: a later look may find it."""


class TransformBuffer:
    """A forest of frames: each has one parent, at a pose that is static or known at some times.

    Args:
        remembered_s: how long moving transforms are kept [s].
    """

    def __init__(self, remembered_s: float = REMEMBERED_S):
        self._remembered_s = remembered_s
        self._links: dict[str, _Link] = {}  # by child

    @property
    def frames(self) -> set[str]:
        """Every frame that a transform names."""
        return {*self._links, *(link.parent for link in self._links.values())}

    def put(self, parent: str, child: str, pose: Pose, time_s: float | None = None) -> None:
        """Adds a transform; one under another parent than before replaces what was known.

        Args:
            pose: of the child in its parent.
            time_s: when it was so [s]; None: always.
        """
        parent, child = plain(parent), plain(child)
        link = self._links.get(child)
        if link is None or link.parent != parent or (link.always is None) == (time_s is None):
            link = self._links[child] = _Link(parent)
        if time_s is None:
            link.always = pose
        else:
            link.add(time_s, pose, self._remembered_s)

    def clear(self) -> None:
        """Forgets moving transforms: time has jumped."""
        self._links = {child: link for child, link in self._links.items() if link.always is not None}

    def pose(self, targets: Sequence[str], source: str, time_s: float) -> Pose:
        """Pose of a source frame in the first of the target frames that it can be given in.

        Args:
            targets: names of one frame.
            time_s: of the message [s]; 0: now.

        Raises:
            PendingTransformError: not known yet for that time.
            TransformError: there is no transform; the message says why.
        """
        problem: TransformError | None = None
        for target in targets:
            try:
                return self.lookup(target, source, time_s)
            except PendingTransformError:
                raise
            except TransformError as e:
                problem = problem or e
        assert problem is not None
        raise problem

    def lookup(self, target: str, source: str, time_s: float) -> Pose:
        """Pose of a source frame in a target frame.

        Args:
            time_s: when [s]; 0: at the newest time that all of the chain is known at.

        Raises:
            PendingTransformError: a transform in between is known only up to an earlier time.
            TransformError: a frame is unknown, the two are not connected, or the time is long past.
        """
        target, source = plain(target), plain(source)
        for frame in (source, target):
            if frame not in self.frames:
                raise TransformError(f"no transform of {frame!r} on /tf or /tf_static{self._known()}")
        up, down = self._meet(self._ancestors(source), self._ancestors(target))
        if not up or up[-1] != down[-1]:
            raise TransformError(f"{source!r} and {target!r} are not connected on /tf")
        moving = [self._links[frame] for frame in (*up[:-1], *down[:-1]) if self._links[frame].always is None]
        if time_s == 0.0:
            time_s = min((link.newest_s for link in moving), default=0.0)
        return self._chain(down[:-1], time_s).inverse() @ self._chain(up[:-1], time_s)

    def _known(self) -> str:
        return f"; there are {', '.join(sorted(self.frames))}" if self._links else ", on which nothing has come"

    def _ancestors(self, frame: str) -> list[str]:
        chain = [frame]
        while (link := self._links.get(chain[-1])) is not None:
            if link.parent in chain:
                raise TransformError(f"the transforms go in a circle: {' -> '.join([*chain, link.parent])}")
            chain.append(link.parent)
        return chain

    @staticmethod
    def _meet(up: list[str], down: list[str]) -> tuple[list[str], list[str]]:
        """Both chains up to their first common frame."""
        common = next((frame for frame in up if frame in down), None)
        return ([], down) if common is None else (up[: up.index(common) + 1], down[: down.index(common) + 1])

    def _chain(self, frames: list[str], time_s: float) -> Pose:
        """Pose of the first frame in the last one's parent."""
        pose = Pose(np.zeros(3), np.eye(3))
        for frame in frames:
            link = self._links[frame]
            pose = (link.always or link.at(time_s, frame)) @ pose
        return pose


@dataclass
class _Link:
    """A frame's pose in its parent: always the same, or at some times in order."""

    parent: str
    always: Pose | None = None
    times_s: list[float] = field(default_factory=list)
    poses: list[Pose] = field(default_factory=list)

    @property
    def newest_s(self) -> float:
        return self.times_s[-1] if self.times_s else -math.inf

    def add(self, time_s: float, pose: Pose, remembered_s: float) -> None:
        if time_s < self.newest_s - BACKWARDS_S:
            self.times_s, self.poses = [], []
        place = bisect_left(self.times_s, time_s)
        known = place < len(self.times_s) and self.times_s[place] == time_s
        self.times_s[place : place + known], self.poses[place : place + known] = [time_s], [pose]
        old = bisect_left(self.times_s, self.newest_s - remembered_s)
        del self.times_s[:old], self.poses[:old]

    def at(self, time_s: float, child: str) -> Pose:
        if time_s > self.newest_s + ROUNDING_S:
            late_s = time_s - self.newest_s
            raise PendingTransformError(f"the transform from {child!r} to {self.parent!r} is {late_s:.2f} s older")
        if time_s < self.times_s[0] - ROUNDING_S:
            early_s = self.times_s[0] - time_s
            raise TransformError(f"the oldest transform from {child!r} to {self.parent!r} is {early_s:.2f} s younger")
        after = min(bisect_right(self.times_s, time_s), len(self.times_s) - 1)
        before = max(after - 1, 0)
        span_s = self.times_s[after] - self.times_s[before]
        share = min(max((time_s - self.times_s[before]) / span_s, 0.0), 1.0) if span_s else 0.0
        return interpolated(self.poses[before], self.poses[after], share)


def interpolated(first: Pose, second: Pose, share: float) -> Pose:
    """A pose a share of the way, 0 to 1, from one to another: straight, and about a fixed axis (slerp)."""
    turn = rotation_vector(first.rotation.T @ second.rotation)
    position_m = first.position_m + share * (second.position_m - first.position_m)
    return Pose(position_m, first.rotation @ matrix_from_rotation_vector(share * turn))


def plain(frame: str) -> str:
    """A frame's name without the leading slash of ROS 1, as tf2 takes it."""
    return frame.lstrip("/")
