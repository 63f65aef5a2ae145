"""Paths that a person has drawn, out of SVG and CSV files, placed in the arm's workspace; imports core and svgelements.

    svg_file, csv_file -> placement -> drawn_path
"""

from midp_ros.drawing.drawn_path import DrawnPath, example_names
from midp_ros.drawing.placement import Placement

__all__ = ["DrawnPath", "Placement", "example_names"]
