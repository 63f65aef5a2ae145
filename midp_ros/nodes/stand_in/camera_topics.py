"""The topics of the simulated cameras' drivers: images, intrinsics and frames; imports simulation and rclpy.

A camera without subscribers is not rendered. Images are stamped with the time of the scene that they show and are
published some tens of milliseconds later, as a real camera's are.
"""

from __future__ import annotations

import io
from array import array
from dataclasses import replace

import numpy as np
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_msgs.msg import TFMessage

from midp_ros.core.contract import CAMERA_RATE_HZ, Contract
from midp_ros.kinematics.links import pose_numbers
from midp_ros.kinematics.profile import RobotProfile
from midp_ros.nodes.ros.conversions import stamp_from_seconds
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, value
from midp_ros.nodes.ros.publish_rate import PublishRate
from midp_ros.nodes.stand_in.frame_topics import LATCHED, transforms
from midp_ros.simulation import Simulation
from midp_ros.simulation.camera.camera import Camera, Picture, make_cameras
from midp_ros.simulation.camera.camera_process import CameraProcess, CameraProcessError, Scene

PARAMETERS = (
    Parameter(
        "cameras", "",
        "front, wrist or front,wrist; empty: those that the model observes, where the task is its own, else none",
    ),
    Parameter("camera_rate_hz", 0.0, "of each camera's pictures [Hz]; 0: 30 for a model's own, else 10", 0.0, 60.0),
    Parameter("camera_width", 0, "of a picture [pixels]; 0: as the model observes it, else 320", 0, 1920),
    Parameter("camera_height", 0, "of a picture [pixels]; 0: as the model observes it, else 240", 0, 1080),
    Parameter(
        "camera_reliability", "best_effort", "reliable: for pictures of more than half a megabyte",
        choices=("best_effort", "reliable"),
    ),
)  # fmt: skip
SENSOR_DATA_DEPTH = 5  # of rclpy's qos_profile_sensor_data
USUAL_RATE_HZ, USUAL_SIZE = 10.0, (240, 320)  # height, width [pixels]
LEAST = {"camera_rate_hz": 0.1, "camera_width": 16, "camera_height": 16}  # but for 0
JPEG_QUALITY = 95  # compressed_image_transport's default


class CameraTopics:
    """Publishes camera/NAME/image_raw, image_raw/compressed and camera_info, and the cameras' frames.

    Args:
        profile: with the names that ROS uses.
        simulation: the scene.
        time_s: of the transforms [s].
        learned: the model's contract, whose cameras these are unless parameters name others.
    """

    def __init__(
        self, node: Node, profile: RobotProfile, simulation: Simulation, time_s: float, learned: Contract | None = None
    ):
        cameras, usual_hz = chosen_cameras(node, learned)
        self._node, self._simulation = node, simulation
        self._rate = PublishRate(value(node, "camera_rate_hz") or usual_hz)
        self._seed, self._shown_s = 0, 0.0
        self._process: CameraProcess | None = None
        if not cameras:
            return
        self._process = CameraProcess(simulation.task.name, simulation.profile.path, cameras)
        prefix = value(node, "arm_prefix")
        frames = [f"{prefix}_camera_{c.name}_optical_frame".lstrip("_") for c in cameras]
        self._views = [View(node, camera, frame) for camera, frame in zip(cameras, frames, strict=True)]
        parents = [profile.tool_frame if c.on_tool else profile.base_frame for c in cameras]
        fixed = transforms(list(zip(parents, frames, strict=True)))
        fixed.doubles[fixed.indices("")] = np.concatenate([pose_numbers(c.pose) for c in cameras])
        fixed.stamp(time_s)
        node.create_publisher(TFMessage, "/tf_static", LATCHED).publish(fixed.to_bytes())

    def begin(self, seed: int) -> None:
        """Starts the episode of a seed."""
        self._seed = seed

    def publish(self, time_s: float) -> None:
        """Publishes rendered images, and requests the next ones if they are due at a time [s]."""
        if self._process is None:
            return
        try:
            for number, picture in self._process.fetch().items():
                self._views[number].publish(picture, self._shown_s)
            watched = [number for number, view in enumerate(self._views) if view.watched]
            if watched and not self._process.busy and self._rate.due(time_s):
                self._process.ask(self._scene(), watched)
                self._shown_s = time_s
        except CameraProcessError as e:
            self._node.get_logger().error(f"no more pictures: {e}")
            self._process = None

    def close(self) -> None:
        """Ends the cameras."""
        if self._process is not None:
            self._process.close()

    def _scene(self) -> Scene:
        s = self._simulation
        return Scene(self._seed, s.arm.position_rad, s.gripper.width_m, s.task.observe(s.engine))


def chosen_cameras(node: Node, learned: Contract | None) -> tuple[list[Camera], float]:
    """Those that the parameters name, or else a model's, and their usual rate [Hz]; warns of those that are missing."""
    for name, least in LEAST.items():
        if 0 < value(node, name) < least:
            raise ParameterError(f"{name}: got {value(node, name)}, need 0 or at least {least}")
    names, width, height = (value(node, name) for name in ("cameras", "camera_width", "camera_height"))
    own = {} if learned is None else {i.name: i.shape[:2] for i in learned.images}
    cameras = []
    for camera in make_cameras(names or ",".join(own), *reversed(USUAL_SIZE)):
        own_height, own_width = own.get(camera.name, USUAL_SIZE)
        cameras.append(replace(camera, width=width or own_width, height=height or own_height))
    if missing := own.keys() - {camera.name for camera in cameras}:
        node.get_logger().warning(
            f"the model observes {', '.join(sorted(missing))}, too, which is not among cameras={names}: it will wait"
        )
    return cameras, CAMERA_RATE_HZ if own else USUAL_RATE_HZ


class View:
    """One camera's topics.

    Args:
        frame: name of its optical frame.
    """

    def __init__(self, node: Node, camera: Camera, frame: str):
        self._image = Image(height=camera.height, width=camera.width, encoding="rgb8", step=3 * camera.width)
        self._info = camera_info(camera)
        self._jpeg = CompressedImage(format="rgb8; jpeg compressed rgb8")
        self._image.header.frame_id = self._jpeg.header.frame_id = self._info.header.frame_id = frame
        topic = f"camera/{camera.name}"
        reliability = ReliabilityPolicy[value(node, "camera_reliability").upper()]
        qos = QoSProfile(depth=SENSOR_DATA_DEPTH, reliability=reliability)
        self._images = node.create_publisher(Image, f"{topic}/image_raw", qos)
        self._jpegs = node.create_publisher(CompressedImage, f"{topic}/image_raw/compressed", qos)
        self._infos = node.create_publisher(CameraInfo, f"{topic}/camera_info", qos)

    @property
    def watched(self) -> bool:
        """Whether one of the topics has a subscriber."""
        return any(each.get_subscription_count() for each in (self._images, self._jpegs, self._infos))

    def publish(self, picture: Picture, time_s: float) -> None:
        """Publishes an image (height, width, 3) of a time [s]."""
        stamp = stamp_from_seconds(time_s)
        self._image.header.stamp = self._jpeg.header.stamp = self._info.header.stamp = stamp
        if self._images.get_subscription_count():
            self._image.data = array("B", picture.tobytes())
            self._images.publish(self._image)
        if self._jpegs.get_subscription_count():
            self._jpeg.data = array("B", _jpeg(picture))
            self._jpegs.publish(self._jpeg)
        self._infos.publish(self._info)


def _jpeg(picture: Picture) -> bytes:
    from PIL import Image as PillowImage  # only where somebody wants it

    file = io.BytesIO()
    PillowImage.fromarray(picture).save(file, "JPEG", quality=JPEG_QUALITY)
    return file.getvalue()


def camera_info(camera: Camera) -> CameraInfo:
    """A camera's intrinsics; it has no distortion and needs no rectification."""
    k = camera.intrinsics
    p = np.column_stack([k, np.zeros(3)])
    return CameraInfo(
        height=camera.height, width=camera.width, distortion_model="plumb_bob", d=[0.0] * 5,
        k=k.ravel(), r=np.eye(3).ravel(), p=p.ravel(),
    )  # fmt: skip
