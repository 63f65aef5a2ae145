"""The configuration of moved scenes; imports core only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import ConfigError, build, require

AUTO: Literal["auto"] = "auto"


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

    def __str__(self) -> str:
        x, y, yaw = ("{:g} to {:g}".format(*limits) for limits in (self.x_m, self.y_m, self.yaw_rad))
        return f"{self.anchor} at x {x} m, y {y} m, yaw {yaw} rad"


def motions_of(contract: Contract, motions: SceneMotionsConfig | Literal["auto"]) -> SceneMotionsConfig:
    """The motions for the demonstrations of a contract: those given, or with `auto` what it declares of its scenes.

    Raises:
        ConfigError: it declares that a moved scene is none of its skill, or `auto` finds no declaration.
    """
    declared = contract.declared_symmetry()
    if declared and declared.none:
        raise ConfigError(
            f"scene_motions: a scene of {contract.skill!r} that is moved is none of this skill: {declared.none}; leave "
            "the section out"
        )
    if isinstance(motions, SceneMotionsConfig):
        return motions
    if not declared:
        raise ConfigError(
            f"scene_motions: auto finds no scene_symmetry in the contract of {contract.skill!r}; declare it there, or "
            "write anchor, x_m, y_m and yaw_rad here"
        )
    found: SceneMotionsConfig = build(SceneMotionsConfig, declared.to_dict(), "scene_symmetry")
    return found
