"""Trajectories as the bytes of their message; imports conversions and rclpy.

rclpy converts a message field by field and point by point: 1.6 ms for a motion's head, in the middle of the response.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rclpy.serialization import serialize_message

from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.stamp import NANOSECONDS, nanoseconds
from midp_ros.nodes.ros.conversions import trajectory_message
from midp_ros.nodes.ros.packed_message import CDR_HEADER, PLAIN_CDR

STAMP = slice(CDR_HEADER, CDR_HEADER + 8)


class PackedTrajectory:
    """Writes what a joint_trajectory_controller reads (plain CDR: OMG DDS-XTypes 1.3, section 7.4.1).

    A point's length is a multiple of 8 bytes, and its first double comes 4 bytes behind its beginning: points lie like
    the rows of a table, but that the first one may need 4 bytes of padding.

    Args:
        names: of the joints.
    """

    def __init__(self, names: Sequence[str]):
        self._names = names
        strings = [_string(""), len(names).to_bytes(4, "little"), *map(_string, names)]  # the frame's name, the joints'
        self._head = bytearray(b"".join([PLAIN_CDR, bytes(2), bytes(8), *strings, bytes(4)]))
        self._padding = bytes(-(len(self._head) - CDR_HEADER + 4) % 8)
        numbers = ("<f8", (len(names),))
        self._point = np.dtype(
            [
                ("positions_length", "<u4"), ("position", *numbers),
                ("velocities_length", "<u4"), ("_1", "<u4"), ("velocity", *numbers),
                ("accelerations_length", "<u4"), ("_2", "<u4"), ("acceleration", *numbers),
                ("efforts_length", "<u4"), ("seconds", "<i4"), ("nanoseconds", "<u4"),
            ]
        )  # fmt: skip

    def to_bytes(self, trajectory: JointTrajectory, stamp_s: float | None = None) -> bytes:
        """A message's bytes: `trajectory_message`'s, with zeros as padding.

        Args:
            stamp_s: None: the first point's time; 0: none, for a trajectory that starts on arrival.
        """
        if not np.isfinite(trajectory.acceleration_rad_s2).all():  # points that carry less are shorter
            return bytes(serialize_message(trajectory_message(trajectory, self._names, stamp_s)))
        stamp_s = float(trajectory.time_s[0]) if stamp_s is None else stamp_s
        start_s = stamp_s or float(trajectory.time_s[0])
        points = np.zeros(len(trajectory.time_s), self._point)
        points["position"] = trajectory.position_rad
        points["velocity"] = trajectory.velocity_rad_s
        points["acceleration"] = trajectory.acceleration_rad_s2
        for what in ("positions", "velocities", "accelerations"):
            points[f"{what}_length"] = len(self._names)
        after = [nanoseconds(float(time_s) - start_s) for time_s in trajectory.time_s]
        points["seconds"], points["nanoseconds"] = np.divmod(after, NANOSECONDS)
        self._head[STAMP] = np.array(divmod(nanoseconds(stamp_s), NANOSECONDS), "<u4").tobytes()
        self._head[-4:] = len(points).to_bytes(4, "little")
        body = points.tobytes()
        return bytes(self._head) + body[:4] + self._padding + body[4:]


def _string(text: str) -> bytes:
    """With its length before and zeros behind, to a multiple of 4 bytes."""
    encoded = text.encode() + b"\0"
    return len(encoded).to_bytes(4, "little") + encoded + bytes(-len(encoded) % 4)
