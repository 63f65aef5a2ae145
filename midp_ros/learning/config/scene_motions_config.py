"""The configuration of moved scenes; imports core only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.plain_data import require


@dataclass(frozen=True)
class SceneMotionsConfig:
    """Planar motions of the whole scene, drawn for each window: where the anchor comes to lie.

    Attributes:
        anchor: the object whose `anchor_position` and `anchor_rotation` are observed.
        x_m, y_m, yaw_rad: ranges of its place in the base frame and of its yaw, as the task shows it; of a symmetric
            object the yaws of one of its equivalent orientations.
    """

    anchor: str
    x_m: tuple[float, float]
    y_m: tuple[float, float]
    yaw_rad: tuple[float, float]

    def __post_init__(self) -> None:
        for key in ("x_m", "y_m", "yaw_rad"):
            limits = getattr(self, key)
            ok = len(limits) == 2 and limits[0] <= limits[1]
            require(ok, f"scene_motions.{key}", list(limits), "a lower and an upper limit")
