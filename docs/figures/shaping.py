"""Draws the figures of docs/shaping.md with the package's own code: python docs/figures/shaping.py

Writes NAME-light.svg and NAME-dark.svg beside this file. Needs matplotlib (`make setup-train`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from palette import PALETTES, Palette

from midp_ros.control import CommandShaper, MotionLimits, shaped_trajectory, stop_trajectory
from midp_ros.control.shaping.shaped_motion import ShapedMotion
from midp_ros.control.shaping.trajectory_splice import TrajectorySplice, resting
from midp_ros.core.joint_trajectory import JointTrajectory, central_velocities
from midp_ros.kinematics import RobotProfile

matplotlib.use("svg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
FR3 = RobotProfile.load("fr3")
STEP_S, MS = 0.1, 0.001  # a control step of the contracts; the period at which the robot judges
J = 3  # joint 4, the elbow: the one that the figures show
UNITS = ("position [rad]", "velocity [rad/s]", "acceleration [rad/s²]", "jerk [rad/s³]")


def chunk(offsets_rad: list[float], start_s: float = 0.0, start_rad: float = FR3.ready_rad[J]) -> JointTrajectory:
    """What tracking gives for a chunk: a point per control step, joint 4 at offsets from a start, the rest still."""
    position_rad = np.tile(FR3.ready_rad, (len(offsets_rad) + 1, 1))
    position_rad[:, J] = start_rad + np.array([0.0, *offsets_rad])
    time_s = start_s + STEP_S * np.arange(len(position_rad))
    return JointTrajectory(time_s, position_rad, central_velocities(time_s, position_rad, np.zeros(7)))


def at_rest(motion: JointTrajectory) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The state at a motion's start, without velocity."""
    return motion.position_rad[0], np.zeros(7), np.zeros(7)


def judged(motion: JointTrajectory, until_s: float) -> tuple[np.ndarray, list[np.ndarray]]:
    """Position and its differences over 1 ms of joint 4, as the robot's position interface judges them."""
    time_s = np.arange(0.0, until_s, MS)
    curves = [motion.states(time_s)[:, 0, J]]
    for _ in range(3):
        curves.append(np.diff(curves[-1], prepend=curves[-1][0]) / MS)
    return time_s, curves


def step(palette: Palette) -> Any:
    """A chunk that asks for too much, commanded as it is and shaped."""
    desired = chunk([0.02, 0.28, 0.52, 0.52, 0.52, 0.52, 0.52])
    shaped = shaped_trajectory(desired, 0.0, at_rest(desired), CommandShaper(FR3))
    limits, used = FR3, MotionLimits(FR3)
    highest = (None, limits.velocity_max_rad_s[J], limits.acceleration_max_rad_s2[J], limits.jerk_max_rad_s3[J])
    allowed = (None, used.velocity_rad_s[J], used.acceleration_rad_s2[J], used.jerk_rad_s3[J])
    figure, axes = plt.subplots(4, 1, figsize=(7.5, 7.6), sharex=True)
    for axis, unit, limit, part, raw, kept in zip(
        axes, UNITS, highest, allowed, judged(desired, 0.9)[1], judged(shaped, 0.9)[1], strict=True
    ):
        time_s = MS * np.arange(len(raw))
        axis.plot(time_s, raw, color=palette.second, linewidth=1.2, label="commanded as tracked")
        axis.plot(time_s, kept, color=palette.first, linewidth=1.8, label="shaped")
        axis.set_ylabel(unit)
        if limit is not None:
            for sign in (-1, 1):
                axis.axhline(sign * limit, color=palette.text, linewidth=0.9, linestyle="--", label="limit of the FR3")
                axis.axhline(sign * part, color=palette.line, linewidth=0.9, linestyle=":", label="share that is used")
            axis.set_ylim(-1.6 * limit, 1.6 * limit)
            if (peak := np.abs(raw).max()) > 1.6 * limit:
                note = f"as tracked: up to {peak:,.0f}"
                axis.text(0.995, 0.93, note, transform=axis.transAxes, ha="right", va="top", color=palette.second)
    axes[0].plot(
        desired.time_s, desired.position_rad[:, J], "o", markersize=4, color=palette.text, label="chunk's points"
    )
    handles, labels = axes[0].get_legend_handles_labels()
    more = axes[1].get_legend_handles_labels()
    once = dict(zip(labels + more[1], handles + more[0], strict=True))
    figure.legend(once.values(), once.keys(), loc="upper center", ncols=3, frameon=False)
    axes[-1].set_xlabel("time [s]")
    figure.tight_layout(rect=(0, 0, 1, 0.94))
    return figure


def splice(palette: Palette) -> Any:
    """A second chunk takes over while the first one's motion is running."""
    shaper, lead_s, now_s = CommandShaper(FR3), 0.05, 0.3
    first = chunk([0.03, 0.10, 0.18, 0.26, 0.34, 0.40, 0.43, 0.44])
    running = shaped_trajectory(first, 0.0, at_rest(first), shaper)
    over = TrajectorySplice.plan(running, now_s, lead_s)
    q, v, _ = running.sample_with_acceleration(now_s)
    # The new chunk belongs to the time of its observation and goes somewhere else, from where the arm was then.
    second = chunk([0.06, 0.09, 0.08, 0.03, -0.03, -0.06, -0.07], now_s, q[J])
    second = JointTrajectory(
        second.time_s, second.position_rad, central_velocities(second.time_s, second.position_rad, v)
    )
    new = over.complete(shaped_trajectory(second, over.time_s, over.state, shaper))
    time_s = np.arange(0.0, 1.2, MS)
    figure, axes = plt.subplots(3, 1, figsize=(7.5, 5.6), sharex=True)
    for row, (axis, unit) in enumerate(zip(axes, UNITS[:3], strict=True)):
        axis.axvspan(now_s, over.time_s, color=palette.area, label="lead: old motion is kept")
        axis.plot(time_s, running.states(time_s)[:, row, J], color=palette.line, linewidth=1.4, label="old motion")
        after = time_s[time_s >= now_s]
        axis.plot(after, new.states(after)[:, row, J], color=palette.first, linewidth=1.9, label="new message")
        axis.set_ylabel(unit)
    axes[0].plot(
        second.time_s, second.position_rad[:, J], "o", markersize=4, color=palette.text, label="new chunk's points"
    )
    axes[2].axhline(FR3.acceleration_max_rad_s2[J], color=palette.text, linewidth=0.9, linestyle="--")
    axes[2].axhline(-FR3.acceleration_max_rad_s2[J], color=palette.text, linewidth=0.9, linestyle="--")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center", ncols=4, frameon=False)
    axes[-1].set_xlabel("time [s]")
    figure.tight_layout(rect=(0, 0, 1, 0.94))
    return figure


def head(palette: Palette) -> Any:
    """The head that is sent at once ends in a stop; the remainder follows if no other motion has."""
    desired = chunk([0.03, 0.10, 0.18, 0.26, 0.34, 0.42, 0.48, 0.50])
    motion = ShapedMotion(desired, 0.0, at_rest(desired), CommandShaper(FR3))
    sent = motion.head(2.5 * STEP_S)
    leaves_s, whole = motion.reached_s, motion.whole()
    time_s = np.arange(0.0, 1.1, MS)
    figure, axes = plt.subplots(2, 1, figsize=(7.5, 4.2), sharex=True)
    for row, (axis, unit) in enumerate(zip(axes, UNITS[:2], strict=True)):
        axis.plot(
            time_s,
            whole.states(time_s)[:, row, J],
            color=palette.line,
            linewidth=1.6,
            linestyle="--",
            label="whole motion",
        )
        axis.plot(time_s, sent.states(time_s)[:, row, J], color=palette.first, linewidth=1.9, label="head, as sent")
        axis.axvline(leaves_s, color=palette.second, linewidth=1.2, label="latest time for the remainder")
        axis.set_ylabel(unit)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center", ncols=3, frameon=False)
    axes[-1].set_xlabel("time [s]")
    figure.tight_layout(rect=(0, 0, 1, 0.92))
    return figure


def stop(palette: Palette) -> Any:
    """All joints come to rest together, from a moving state."""
    limits = MotionLimits(FR3)
    velocity = np.array([0.6, -0.9, 0.3, 1.6, -1.2, 0.8, 2.0])
    state = FR3.ready_rad, velocity, np.array([2.0, 0.0, -3.0, 4.0, 0.0, -2.0, 5.0])
    brake = stop_trajectory(0.0, state, limits, 0.01)
    time_s = np.arange(0.0, brake.time_s[-1] + 0.05, MS)
    states = brake.states(time_s)
    figure, axes = plt.subplots(2, 1, figsize=(7.5, 4.4), sharex=True)
    colours = plt.get_cmap("viridis")(np.linspace(0.15, 0.95, 7))
    for joint, colour in enumerate(colours):
        axes[0].plot(time_s, states[:, 1, joint], color=colour, linewidth=1.6, label=f"J{joint + 1}")
        axes[1].plot(time_s, states[:, 2, joint], color=colour, linewidth=1.6)
    axes[1].axhline(limits.acceleration_rad_s2[0], color=palette.line, linewidth=0.9, linestyle=":")
    axes[1].axhline(-limits.acceleration_rad_s2[0], color=palette.line, linewidth=0.9, linestyle=":")
    axes[0].set_ylabel(UNITS[1])
    axes[1].set_ylabel(UNITS[2])
    axes[1].set_xlabel("time [s]")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="upper center", ncols=7, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.92))
    return figure


def range_end(palette: Palette) -> Any:
    """Targets beyond the joint's range: the motion stays under the velocity limit that falls towards its end."""
    start_rad = FR3.position_max_rad[J] - 0.9
    position = FR3.ready_rad.copy()
    position[J] = start_rad
    beyond = position.copy()
    beyond[J] = FR3.position_max_rad[J] + 0.3
    desired = JointTrajectory(np.array([0.0, 0.5, 2.0]), np.stack([position, beyond, beyond]))
    shaped = shaped_trajectory(desired, 0.0, resting(0.0, position).sample_with_acceleration(0.0), CommandShaper(FR3))
    time_s = np.arange(0.0, 2.0, MS)
    states = shaped.states(time_s)[:, :, J]
    q = np.linspace(start_rad - 0.05, FR3.position_max_rad[J] + 0.02, 400)
    rows = np.tile(FR3.ready_rad, (len(q), 1))
    rows[:, J] = q
    figure, axis = plt.subplots(figsize=(7.5, 3.6))
    fastest = FR3.velocity_range(rows)[1][:, J]
    axis.plot(q, fastest, color=palette.text, linewidth=1.0, linestyle="--", label="limit of the FR3")
    axis.plot(
        q,
        MotionLimits(FR3).velocity_range(rows)[1][:, J],
        color=palette.line,
        linestyle=":",
        label="share that is used",
    )
    axis.plot(states[:, 0], states[:, 1], color=palette.first, linewidth=1.9, label="shaped motion of joint 4")
    axis.axvline(FR3.position_max_rad[J], color=palette.second, linewidth=1.2, label="end of its range")
    axis.set_xlabel(UNITS[0])
    axis.set_ylabel(UNITS[1])
    axis.legend(frameon=False)
    figure.tight_layout()
    return figure


FIGURES: dict[str, Callable[[Palette], Any]] = {
    "shaping-step": step,
    "shaping-splice": splice,
    "shaping-head": head,
    "shaping-stop": stop,
    "shaping-range-end": range_end,
}


def main() -> None:
    """Draws every figure for both pages."""
    for page, palette in PALETTES.items():
        style = {
            "svg.fonttype": "none",  # text stays text, in the page's own font
            "svg.hashsalt": "midp_ros",
            "font.family": "sans-serif",
            "font.size": 10,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.facecolor": "none",
            "axes.edgecolor": palette.line,
            "path.simplify_threshold": 0.3,
            **{key: palette.text for key in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")},
        }
        with plt.rc_context(style):
            for name, draw in FIGURES.items():
                figure = draw(palette)
                figure.savefig(HERE / f"{name}-{page}.svg", transparent=True, metadata={"Date": None, "Creator": None})
                plt.close(figure)


if __name__ == "__main__":
    main()
