"""A node's black box as a service and files: `~/snapshot`, its parameters, its writer; imports blackbox and rclpy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros import __version__
from midp_ros.blackbox import BoxEvent, BoxRecording
from midp_ros.blackbox.box_writer import KEEP, BoxWriter
from midp_ros.nodes.ros.parameters import Parameter, value

PARAMETERS = (
    Parameter("blackbox", True, "keep the last 30 s, and write them after a reflex, a latched stop or ~/snapshot"),
    Parameter("blackbox_folder", "out/blackbox", "where these files go", is_path=True),
    Parameter("blackbox_files", KEEP, "how many are kept; the oldest go first", 1, 10000),
)


class BoxService:
    """Serves `~/snapshot`, and writes what a box saves.

    Args:
        snapshot: asks the box for a file now.
    """

    def __init__(self, node: Node, snapshot: Callable[[], None]):
        log = node.get_logger()
        folder, keep = value(node, "blackbox_folder"), value(node, "blackbox_files")
        self.writer = BoxWriter(folder, node.get_fully_qualified_name(), log.info, log.error, keep)
        self._node, self._snapshot = node, snapshot
        self._service = node.create_service(Trigger, "~/snapshot", self._on_snapshot)

    def save(self, build: Callable[[], BoxRecording], event: BoxEvent) -> None:
        """Writes a file on a thread of its own."""
        self.writer.save(build, event)

    def close(self) -> None:
        """Waits for what is being written, and ends the service."""
        self.writer.close()
        self._node.destroy_service(self._service)

    def _on_snapshot(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._snapshot()
        response.success, response.message = True, f"the last 30 s go into {self.writer.folder}"
        return response


def about_node(node: Node, names: tuple[str, ...]) -> dict[str, Any]:
    """A node's name, the package's version, and those of its parameters that it has."""
    known = {name: value(node, name) for name in names if node.has_parameter(name)}
    return {"node": node.get_fully_qualified_name(), "midp_ros": __version__, **known}
