"""A web page that shows the arm, its task and its policy live, and takes an operator's requests.

Imports core, kinematics and viser:

    arm_description -> arm_figure, scene_figure, motion_figure, drag_handle -> page
    limit_use -> bars, status_text -> panels -> page

Knows no ROS: `nodes/viewer/` feeds a Page and carries its requests out.
"""

from midp_ros.viewer.page import Page
from midp_ros.viewer.requests import Note, Press, Request

__all__ = ["Note", "Page", "Press", "Request"]
