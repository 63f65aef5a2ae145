"""The page: scene and panels, fed from outside; imports core, kinematics and viser."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager

import numpy as np
import viser

from midp_ros.kinematics import RobotProfile
from midp_ros.viewer.arm_description import ArmDescription
from midp_ros.viewer.arm_figure import ArmFigure
from midp_ros.viewer.bars import bars
from midp_ros.viewer.drag_handle import DragHandle
from midp_ros.viewer.limit_use import JointValues, LimitUse
from midp_ros.viewer.motion_figure import MotionFigure
from midp_ros.viewer.node_panel import NodePanel, RecorderPanel
from midp_ros.viewer.picture_panel import PicturePanel
from midp_ros.viewer.requests import Request
from midp_ros.viewer.scene_figure import SceneFigure
from midp_ros.viewer.server import HOST, close_server, open_server
from midp_ros.viewer.status_text import driver_text, question_text, recorder_text

DRIVER = {
    "stop": "brings the arm to rest and holds it",
    "resume": "lets the policy continue from where the arm is",
    "recover": "recovers from a reflex; first free the arm",
}
DEPLOYMENT = {"confirm": "answers the deployment's question: yes"}
RECORDER = {
    "start": "starts an episode",
    "stop": "ends the episode",
    "keep": "keeps the episode",
    "discard": "discards the episode",
    "success": "labels the episode: the task succeeded",
    "failure": "labels the episode: the task failed",
}
CAMERA_AT_M, LOOK_AT_M = (1.3, -0.85, 0.65), (0.35, 0.0, 0.25)


class Page:
    """One page, on this machine's loopback interface.

    Args:
        port: wanted; the next free one is taken where it is taken.
        profile: of the arm that is shown.
        table_height_m: of the table's plane in the base frame [m].
        drivers: names of the nodes that may drive the arm.
        ask: takes what a person asks for; called on the page's own threads.

    Raises:
        ServerError: no port is free.
    """

    def __init__(
        self, port: int, profile: RobotProfile, table_height_m: float, drivers: Sequence[str],
        ask: Callable[[Request], None],
    ):  # fmt: skip
        self._server = server = open_server(port, f"midp: {profile.name}")
        self._profile = profile
        server.initial_camera.position, server.initial_camera.look_at = CAMERA_AT_M, LOOK_AT_M
        _light(server.scene)
        server.scene.add_grid("/floor", 4.0, 4.0, position=(0.0, 0.0, table_height_m - 0.7), cell_size=0.5)
        gui = server.gui
        self._drivers = {name: NodePanel(gui, name, DRIVER, ask) for name in drivers}
        self._deployment = NodePanel(gui, "deployment", DEPLOYMENT, ask)
        self._recorder = RecorderPanel(gui, "recorder", RECORDER, ask)
        with gui.add_folder("share of the joint limits in use"):
            self._bars, self._bars_text = gui.add_html(""), ""
        self.drag = DragHandle(server)
        self.pictures = PicturePanel(gui)
        self.scene, self.motion = SceneFigure(server.scene, table_height_m), MotionFigure(server.scene)
        self._arm: ArmFigure | None = None

    @property
    def address(self) -> str:
        """To open in a browser."""
        return f"http://{HOST}:{self._server.get_port()}"

    @property
    def watched(self) -> bool:
        """Whether a browser has the page open."""
        return bool(self._server.get_clients())

    @property
    def services(self) -> dict[str, tuple[str, ...]]:
        """Services that the page has buttons for, by node."""
        drivers = dict.fromkeys(self._drivers, tuple(DRIVER))
        return {**drivers, "deployment": tuple(DEPLOYMENT), "recorder": tuple(RECORDER)}

    def show_offers(self, offered: Mapping[str, Collection[str]]) -> None:
        """Shows the buttons of the services that are there now, by node."""
        for node, panel in (*self._drivers.items(), ("deployment", self._deployment), ("recorder", self._recorder)):
            panel.show(offered.get(node, ()))

    def show_driver(self, node: str, values: Mapping[str, str]) -> None:
        """Shows a driver's diagnostics."""
        self._drivers[node].report(driver_text(values))

    def show_question(self, question: str) -> None:
        """Shows what the deployment asks; empty: nothing."""
        self._deployment.report(question_text(question) if question else "")

    def show_recorder(self, status: Mapping[str, object]) -> None:
        """Shows the recorder's status."""
        self._recorder.report(recorder_text(status))

    def show_joints(self, joints: JointValues, finger_m: float) -> None:
        """Moves the arm, and each finger out by `finger_m`. Its shapes are loaded when it is first shown."""
        if self._arm is None:
            arm = ArmDescription.read(self._profile.urdf_path.read_text())
            self._arm = ArmFigure(self._server.scene, arm)
        names = self._profile.joint_names
        positions = dict(zip(names, joints.position_rad.tolist(), strict=True))
        if np.isfinite(finger_m):
            positions |= dict.fromkeys(self._profile.finger_joint_names, finger_m)
        self._arm.move(positions)

    def show_limits(self, joints: JointValues) -> None:
        """Shows how much of the limits is used."""
        text = bars(LimitUse.of(joints, self._profile))
        if text != self._bars_text:
            self._bars_text = self._bars.content = text

    def notify(self, title: str, text: str, good: bool) -> None:
        """Shows an answer in every browser for some seconds."""
        for client in self._server.get_clients().values():
            client.add_notification(title, text, auto_close_seconds=6.0, color="green" if good else "red")

    def together(self) -> AbstractContextManager[None]:
        """A context in which all changes reach the browser at once."""
        return self._server.atomic()

    def close(self) -> None:
        """Ends the server."""
        close_server(self._server)


def _light(scene: viser.SceneApi) -> None:
    """No reflections and no shadows, which cost ten times the rest: the browser may run beside the policy."""
    scene.configure_environment_map(None)
    scene.configure_default_lights(cast_shadow=False)
    scene.add_light_ambient("/light", intensity=1.5)
