"""Draws the figure of docs/architecture.md: python docs/figures/architecture.py

Writes architecture-light.svg and architecture-dark.svg beside this file.
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from palette import PALETTES, Palette

HERE = Path(__file__).parent
WIDTH, HEIGHT = 1000, 640
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"


class Drawing:
    """Boxes, lanes and arrows, collected as SVG."""

    def __init__(self, palette: Palette):
        self._palette = palette
        self._parts: list[str] = []

    def lane(self, x: int, y: int, width: int, height: int, title: str, note: str) -> None:
        """An area with a title."""
        p = self._palette
        self._parts.append(f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="12" fill="{p.area}"/>')
        self._text(x + 16, y + 25, title, 15, p.text, "start", bold=True)
        self._text(x + width - 16, y + 25, note, 13, p.text, "end")

    def box(self, x: int, y: int, width: int, title: str, *notes: str, colour: str = "", height: int = 0) -> None:
        """A framed title with notes below it, its top left corner at (x, y)."""
        p = self._palette
        height = height or 34 + 17 * len(notes)
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="7" fill="none" '
            f'stroke="{colour or p.line}" stroke-width="{1.8 if colour else 1.2}"/>'
        )
        self._text(x + width / 2, y + 22, title, 14, colour or p.text, bold=True)
        for row, note in enumerate(notes):
            self._text(x + width / 2, y + 41 + 17 * row, note, 12, p.text)

    def arrow(self, *points: tuple[float, float], label: str = "", dashed: bool = False) -> None:
        """A line through points with a head at its end, and a label above its first piece."""
        p = self._palette
        path = " ".join(f"{x:g},{y:g}" for x, y in points)
        dash = ' stroke-dasharray="5 4"' if dashed else ""
        self._parts.append(
            f'<polyline points="{path}" fill="none" stroke="{p.text}" stroke-width="1.5"{dash} '
            'marker-end="url(#head)"/>'
        )
        if label:
            (x0, y0), (x1, y1) = points[:2]
            self._text((x0 + x1) / 2, (y0 + y1) / 2 - 7, label, 12, p.text)

    def note(self, x: float, y: float, text: str, anchor: str = "middle") -> None:
        """A line of small text."""
        self._text(x, y, text, 12, self._palette.text, anchor)

    def _text(
        self, x: float, y: float, text: str, size: int, colour: str, anchor: str = "middle", bold: bool = False
    ) -> None:
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>'
            f"{escape(text)}</text>"
        )

    def svg(self) -> str:
        """The whole document."""
        head = (
            '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
            f'<path d="M0 0 L8 4 L0 8 z" fill="{self._palette.text}"/></marker>'
        )
        body = "\n".join(self._parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}" role="img" '
            f'aria-label="From demonstrations to commands">\n<defs>{head}</defs>\n{body}\n</svg>\n'
        )


def draw(palette: Palette) -> str:
    """Learning on top, the robot's machine below, the robot at the bottom."""
    d = Drawing(palette)
    # --- learning ---
    d.lane(10, 10, 980, 178, "Learning", "any machine; no ROS")
    d.box(30, 60, 160, "Demonstrations", "expert in simulation,", "or recorded over ROS")
    d.box(240, 60, 150, "Episodes", "MCAP, one file each,", "with the contract")
    d.box(440, 60, 150, "Training", "windows -> chunks,", "diffusion policy (torch)")
    d.box(640, 60, 120, "Checkpoint", "weights,", "normaliser")
    d.box(810, 60, 160, "ONNX file", "whole denoising loop,", "contract in metadata", colour=palette.first)
    for x0, x1 in ((190, 240), (390, 440), (590, 640), (760, 810)):
        d.arrow((x0, 94), (x1 - 2, 94))
    d.box(240, 146, 520, "Contract: names, sizes, units, frames, topics, rate, horizons", colour=palette.third)
    # --- policy node ---
    d.lane(10, 204, 980, 258, "Policy node", "the robot's machine; no torch")
    d.box(30, 262, 190, "Observation window", "2 steps at 10 Hz")
    d.box(30, 346, 190, "Observation monitor", "age, finite values")
    d.box(270, 254, 150, "Policy", "onnxruntime,", "chunk of 16 actions", colour=palette.first)
    d.box(460, 254, 150, "Chunk hand-over", "drops past actions,", "averages chunks")
    d.box(650, 254, 140, "Tool tracking", "inverse kinematics,", "posture")
    d.box(830, 254, 140, "Shaping", "position, velocity,", "acceleration, jerk", colour=palette.second)
    d.arrow((125, 346), (125, 315))
    d.arrow((220, 288), (268, 288))
    for x0, x1 in ((420, 460), (610, 650), (790, 830)):
        d.arrow((x0, 288), (x1 - 2, 288))
    d.note(540, 345, "inference thread: never the thread that streams commands")
    d.box(270, 392, 340, "Latched stops", "robot mode, errors, controller, operator")
    d.box(650, 392, 320, "Output", "a trajectory per chunk, or a stream of setpoints")
    d.arrow((900, 322), (900, 390))
    d.arrow((610, 417), (648, 417))
    d.arrow((890, 128), (890, 148), (975, 148), (975, 196), (345, 196), (345, 252), dashed=True)
    # --- robot ---
    d.lane(10, 478, 980, 152, "", "")
    d.box(30, 530, 190, "Perception", "publishes /task/..._pose")
    d.box(270, 530, 340, "Stand-in: franka_simulation", "PyBullet at 1 kHz, reflexes, gripper, cameras")
    d.box(650, 530, 320, "FR3 or Panda under franka_ros2", "joint_trajectory_controller or joint follower")
    d.note(620, 610, "one or the other: the same topics, actions, services and controllers")
    d.arrow((810, 443), (810, 528))
    d.arrow((740, 443), (740, 490), (530, 490), (530, 528))
    d.arrow((85, 530), (85, 399))
    d.arrow((400, 530), (400, 512), (165, 512), (165, 399))
    d.note(180, 504, "joint states, tool pose, gripper", "start")
    return d.svg()


def main() -> None:
    """Writes both figures."""
    for page, palette in PALETTES.items():
        (HERE / f"architecture-{page}.svg").write_text(draw(palette))


if __name__ == "__main__":
    main()
