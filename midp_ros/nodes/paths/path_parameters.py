"""The drawn path of task trace, by parameters that the stand-in and the viewer share; imports drawing and rclpy."""

from __future__ import annotations

from math import radians

from rclpy.node import Node

from midp_ros.drawing import DrawnPath, Placement
from midp_ros.nodes.ros.parameters import Parameter, value

PARAMETERS = (
    Parameter("path_file", "", "SVG or CSV file for task trace, or an example; empty: each seed its own", is_path=True),
    Parameter("path_size_m", 0.2, "longer edge of a drawn path [m]", 0.02, 0.8),
    Parameter("path_height_m", 0.15, "of the tool on a drawn path [m]", 0.02, 0.6),
    Parameter("path_yaw_deg", 0.0, "of the tool on a drawn path [deg]", -90.0, 90.0),
    Parameter("path_tilt_deg", 0.0, "of the tool on a drawn path, away from the arm [deg]", -45.0, 45.0),
    Parameter("path_varied", False, "draw scale, turn and place of the path from each seed"),
)


def drawn_path(node: Node) -> DrawnPath | None:
    """The path that the parameters name; None where they name none. Raises as DrawnPath.load."""
    if not value(node, "path_file"):
        return None
    size_m, height_m, yaw, tilt = (
        value(node, f"path_{name}") for name in ("size_m", "height_m", "yaw_deg", "tilt_deg")
    )
    placement = Placement(size_m, height_m, radians(yaw), radians(tilt), value(node, "path_varied"))
    return DrawnPath.load(value(node, "path_file"), placement)
