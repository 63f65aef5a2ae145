"""Animations of the arm's episodes from what was observed in them; imports simulation and Pillow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.animation import encode_animation, thinned
from midp_ros.core.files.output import write_bytes
from midp_ros.core.seams import TASKS

PICTURE_RATE_HZ = 5.0
PICTURE_SIZE = 400, 300


def animate(contract: Contract, robot: str, columns: Mapping[str, Any]) -> bytes:
    """A GIF of an episode.

    Args:
        columns: of observations by name over the control steps, as `midp_ros.simulation.draw_replay` takes them.

    Raises:
        FileFormatError: no task has this skill, or the joints or the scene were not observed.
    """
    if contract.skill not in TASKS:
        raise FileFormatError(f"there is no task {contract.skill!r} whose scene could be drawn")
    if "joint_position" not in columns:
        raise FileFormatError(f"the contract of {contract.skill!r} observes no joint_position to draw the arm from")
    from midp_ros.simulation import draw_replay

    shown, rate_hz = thinned(columns, contract.step_s, PICTURE_RATE_HZ)
    return encode_animation(draw_replay(contract.skill, robot, shown, *PICTURE_SIZE), rate_hz)


def save_columns(contract: Contract, robot: str, columns: Mapping[str, Any], path: Path) -> None:
    """Writes `animate`'s GIF; raises OutputError."""
    write_bytes(path, animate(contract, robot, columns))


def save_recorded(episode: Episode, path: Path) -> None:
    """Writes the GIF of a recorded episode; raises OutputError."""
    columns = {name: episode.column(name) for name in episode.contract.observation_slices}
    robot = str(episode.info.get("robot") or episode.contract.robot)
    save_columns(episode.contract, robot, columns, path)
