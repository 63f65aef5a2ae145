"""Parts of a robot profile with a structure of their own; imports core only."""

from __future__ import annotations

from dataclasses import dataclass, field

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError

AXES = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}


@dataclass(frozen=True)
class Capsule:
    """A cylinder with round ends in a link's frame.

    Attributes:
        link: without the robot type, e.g. `link5`.
        centre_m: of the cylinder (3,).
        axis: x, y or z, along which it lies.
        length_m: of the cylinder alone.
        yaw_rad: of the frame in which centre and axis are given, about the link's z.
        above_table: whether its link could hit a table.
    """

    link: str
    centre_m: Array
    axis: str
    radius_m: float
    length_m: float
    yaw_rad: float = 0.0
    above_table: bool = False

    def __post_init__(self) -> None:
        if self.centre_m.shape != (3,):
            raise FileFormatError(f"capsule of {self.link!r}: centre_m must be 3 numbers, got {self.centre_m}")
        if self.axis not in AXES:
            raise FileFormatError(f"capsule of {self.link!r}: axis must be x, y or z, got {self.axis!r}")
        if not (self.radius_m > 0 and self.length_m >= 0):
            raise FileFormatError(
                f"capsule of {self.link!r}: radius_m must be above 0 and length_m not below, "
                f"got {self.radius_m:g} and {self.length_m:g}"
            )


@dataclass(frozen=True)
class LinkVolumes:
    """Capsules along the arm's links and the hand, for checks of self-collision and of the distance to a table.

    Attributes:
        safety_distance_m: by which each capsule is grown where links are compared.
        pairs: links by link that are compared; the joints' ranges keep all others apart.
        fingertips: of the open hand, which may come closest to a table; None: without a hand.
        palm: of the hand's body with its corners, for the distance to a table alone; None: its capsules do.
        bodies: around the whole of each link, hand and fingers, for distances to obstacles; empty: not known.
    """

    safety_distance_m: float
    capsules: tuple[Capsule, ...]
    pairs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fingertips: Capsule | None = None
    palm: Capsule | None = None
    bodies: tuple[Capsule, ...] = ()

    def __post_init__(self) -> None:
        links = {capsule.link for capsule in self.capsules}
        for link in (*self.pairs, *(other for others in self.pairs.values() for other in others)):
            if link not in links:
                raise FileFormatError(f"volumes.pairs: no capsule of {link!r}; there are: {sorted(links)}")

    @property
    def compared(self) -> list[tuple[int, int]]:
        """Numbers of the capsules, two by two, that must not come close to each other."""
        numbered = list(enumerate(self.capsules))
        return [(i, j) for i, a in numbered for j, b in numbered if b.link in self.pairs.get(a.link, ())]


@dataclass(frozen=True)
class ElbowJoints:
    """The redundancy's two figures, as libfranka gives them (franka/robot_state.h, `elbow`).

    Attributes:
        position_joint: whose position is the first, counted from 1.
        sign_joint, flip_rad: whose sign beyond this position is the second.
    """

    position_joint: int
    sign_joint: int
    flip_rad: float


@dataclass(frozen=True)
class CartesianLimits:
    """Limits on motions that are commanded in space, each as velocity, acceleration and jerk; by default FR3's.

    Attributes:
        translation: of the end effector [m/s, m/s^2, m/s^3].
        rotation: of the end effector [rad/s, rad/s^2, rad/s^3].
        elbow: of the elbow's joint, in the same units.
    """

    translation: tuple[float, ...] = (3.0, 9.0, 4500.0)
    rotation: tuple[float, ...] = (2.5, 17.0, 8500.0)
    elbow: tuple[float, ...] = (2.62, 10.0, 5000.0)

    def __post_init__(self) -> None:
        for name in ("translation", "rotation", "elbow"):
            values = getattr(self, name)
            if len(values) != 3 or not all(value > 0 for value in values):
                raise FileFormatError(f"cartesian.{name} must be 3 positive numbers, got {list(values)}")
