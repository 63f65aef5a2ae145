"""Pinhole cameras of the scene: pose, intrinsics and images; imports core and the engine.

Optical frames are those of REP 103: z into the image, x to its right, y down. Pixel (0, 0) is the centre of the upper
left pixel, as for OpenCV and sensor_msgs/CameraInfo.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.pose import Pose
from midp_ros.simulation.engine import Engine, pybullet

NEAR_M, FAR_M = 0.01, 5.0
LIGHT_FROM_M = (0.6, -0.6, 1.5)


@dataclass(frozen=True)
class Camera:
    """One camera without distortion, its pixels square.

    Attributes:
        on_tool: whether it moves with the tool's frame; otherwise it stands in the base's.
        pose: of its optical frame in that frame.
        vertical_fov_rad: angle between the image's upper and lower edge.
    """

    name: str
    on_tool: bool
    pose: Pose
    vertical_fov_rad: float
    width: int
    height: int

    @property
    def intrinsics(self) -> Array:
        """K (3, 3) [pixels]: a point (x, y, z) of the optical frame is seen at K (x, y, z) / z."""
        focal = self.height / 2 / np.tan(self.vertical_fov_rad / 2)
        centre_x, centre_y = (self.width - 1) / 2, (self.height - 1) / 2
        return np.array([[focal, 0.0, centre_x], [0.0, focal, centre_y], [0.0, 0.0, 1.0]])

    def pose_in_base(self, tool: Pose) -> Pose:
        """Pose of the optical frame in the base frame, with the tool there."""
        return tool @ self.pose if self.on_tool else self.pose

    def _edges_m(self) -> tuple[float, float, float, float]:
        """Left, right, lower and upper edge of the view, at the nearest distance.

        Bullet takes a pixel's colour at its lower left corner instead of its centre; the edges make up for that.
        """
        (focal, _, centre_x), (_, _, centre_y), _ = self.intrinsics
        edges = np.array([-centre_x, self.width - centre_x, centre_y - self.height + 1, centre_y + 1])
        left, right, lower, upper = edges * NEAR_M / focal
        return left, right, lower, upper

    def draw(self, engine: Engine, tool: Pose) -> Picture:
        """The camera's image; rendered on the CPU and without shadows, which take as long again."""
        pose = self.pose_in_base(tool)
        eye, right_down_ahead = pose.position_m, pose.rotation.T
        view = engine.client.computeViewMatrix(eye, eye + right_down_ahead[2], -right_down_ahead[1])
        projection = engine.client.computeProjectionMatrix(*self._edges_m(), NEAR_M, FAR_M)
        _, _, rgba, _, _ = engine.client.getCameraImage(
            self.width, self.height, view, projection,
            shadow=0, lightDirection=LIGHT_FROM_M, renderer=pybullet.ER_TINY_RENDERER,
        )  # fmt: skip
        return np.reshape(np.asarray(rgba, np.uint8), (self.height, self.width, 4))[:, :, :3]


def looking_at(eye_m: Sequence[float], target_m: Sequence[float], up: Sequence[float]) -> Pose:
    """Pose of an optical frame at a point, looking at another, with a direction that is up in the image."""
    eye = np.array(eye_m)
    ahead = np.array(target_m) - eye
    ahead /= np.linalg.norm(ahead)
    right = np.cross(ahead, up)
    right /= np.linalg.norm(right)
    return Pose(eye, np.column_stack([right, np.cross(ahead, right), ahead]))


def front(width: int, height: int) -> Camera:
    """On a stand beyond the table, facing the robot; the field of view of a RealSense D435's colour image."""
    pose = looking_at((1.45, 0.0, 0.75), (0.40, 0.0, 0.22), up=(0, 0, 1))
    return Camera("front", False, pose, np.radians(42.0), width, height)


def wrist(width: int, height: int) -> Camera:
    """On the hand's outer side, looking past the fingers; the field of view of a RealSense D405."""
    pose = looking_at((0.06, 0.0, -0.10), (0.02, 0.0, 0.10), up=(1, 0, 0))
    return Camera("wrist", True, pose, np.radians(58.0), width, height)


CAMERAS: dict[str, Callable[[int, int], Camera]] = {"front": front, "wrist": wrist}


def contract_cameras(contract: Contract) -> dict[str, Camera]:
    """The cameras of a contract's images, in their sizes; raises UnknownNameError that lists the known ones."""
    for image in contract.images:
        if image.name not in CAMERAS:
            raise UnknownNameError("camera of the stand-in", image.name, CAMERAS)
    return {image.name: CAMERAS[image.name](image.shape[1], image.shape[0]) for image in contract.images}


def make_cameras(names: str, width: int, height: int) -> list[Camera]:
    """Cameras by names with commas between them; raises UnknownNameError that lists the known ones."""
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    for name in chosen:
        if name not in CAMERAS:
            raise UnknownNameError("camera", name, CAMERAS)
    return [CAMERAS[name](width, height) for name in dict.fromkeys(chosen)]
