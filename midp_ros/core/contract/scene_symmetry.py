"""What a skill's scenes have in common: where a whole scene may be moved to. Imports core's errors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from midp_ros.core.errors import ContractError

RANGES = ("x_m", "y_m", "yaw_rad")


@dataclass(frozen=True)
class SceneSymmetry:
    """The planar motions after which a scene, with tool, objects and actions, is another one of the same skill.

    Either the place and yaw to which they bring one object, or a reason why there are none.

    Attributes:
        anchor: the object, whose `anchor_position` and `anchor_rotation` are observed.
        x_m, y_m: ranges of its place in the base frame.
        yaw_rad: range of its yaw, as perception reports it: of a symmetric object the yaws of one of its equivalent
            orientations.
        none: why a scene that is moved is none of this skill.
    """

    anchor: str = ""
    x_m: tuple[float, ...] = ()
    y_m: tuple[float, ...] = ()
    yaw_rad: tuple[float, ...] = ()
    none: str = ""

    def __post_init__(self) -> None:
        if bool(self.none) == any((self.anchor, self.x_m, self.y_m, self.yaw_rad)):
            raise ContractError(f"scene_symmetry needs either anchor, {', '.join(RANGES)}, or none: a reason")
        if self.none:
            return
        if not self.anchor:
            raise ContractError("scene_symmetry lacks 'anchor'")
        for key in RANGES:
            limits = getattr(self, key)
            if len(limits) != 2 or limits[0] > limits[1]:
                raise ContractError(f"scene_symmetry.{key}: got {list(limits)}, need a lower and an upper limit")

    def to_dict(self) -> dict[str, Any]:
        """Plain data of what is given."""
        return {key: list(value) if key in RANGES else value for key, value in asdict(self).items() if value}
