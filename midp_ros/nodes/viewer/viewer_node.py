"""`viewer`: a web page on this machine that shows the arm, its task and its policy; imports the page and rclpy."""

from __future__ import annotations

from queue import SimpleQueue
from typing import Any

from geometry_msgs.msg import PoseStamped
from rclpy.node import Node

from midp_ros.core.contract import Contract
from midp_ros.core.package_files import model_path
from midp_ros.nodes.paths import path_parameters
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, declare, value
from midp_ros.nodes.ros.robot_names import NAMES, driven_profile, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.viewer.operator_services import OperatorServices
from midp_ros.nodes.viewer.scene_source import SceneSource
from midp_ros.nodes.viewer.view import View
from midp_ros.viewer import Page, Request

PARAMETERS = (
    Parameter("port", 8080, "of the page, on localhost; the next free one where it is taken", 1024, 65535),
    Parameter("rate_hz", 15.0, "of the page, while a browser has it open [Hz]", 1.0, 60.0),
    Parameter("task", "", "whose contract names what is shown; empty: the model's"),
    Parameter("model", "", "an ONNX file, or the name of one in models/; for an empty task only", is_path=True),
    Parameter("contract", "", "a contract's name or YAML file; empty: the task's or the model's", is_path=True),
    Parameter("robot", "", "robot profile; empty takes the contract's", is_path=True),
    *NAMES,
    Parameter("drivers", "policy,expert,teleop", "names of the nodes that may drive the arm"),
    *path_parameters.PARAMETERS,
)
LOOK_S = 0.5  # between two checks for browsers, services and cameras


class ViewerNode(Node):
    """Without a browser it has no subscription and sends nothing."""

    def __init__(self, **options: Any) -> None:
        super().__init__("viewer", **options)
        declare(self, PARAMETERS)
        self._contract = self._chosen_contract()
        profile = driven_profile(self, self._contract)
        self._profile = named_profile(self, profile)
        drivers = [name.strip() for name in value(self, "drivers").split(",") if name.strip()]
        self._drivers = drivers
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._asked = self.create_guard_condition(self._carry_out)
        self._page = Page(value(self, "port"), profile, self._contract.table_height_m or 0.0, drivers, self._ask)
        self._operator = OperatorServices(self, self._page.services, self._page.notify)
        self._scene = SceneSource(self._page.scene, profile, path_parameters.drawn_path(self))
        self._targets = self.create_publisher(PoseStamped, "teleop/target_pose", 1)
        self._view: View | None = None
        steady_timer(self, LOOK_S, self._look)
        self.get_logger().info(f"open {self._page.address} in a browser")

    @property
    def address(self) -> str:
        """Of the page."""
        return self._page.address

    def close(self) -> None:
        """Ends the page."""
        if self._view is not None:
            self._view.close()
            self._view = None
        self._page.close()

    def _chosen_contract(self) -> Contract:
        if name := value(self, "contract") or value(self, "task"):
            return Contract.load(name)
        if not value(self, "model"):
            raise ParameterError("the viewer needs to know what is observed: set task, model or contract")
        from midp_ros.inference.onnx_policy import OnnxPolicy  # not needed for a task

        return OnnxPolicy(model_path(value(self, "model"))).contract

    def _look(self) -> None:
        if self._page.watched and self._view is None:
            self._view = View(
                self, self._page, self._contract, self._profile, self._drivers, self._scene, value(self, "rate_hz"),
                self._targets,
            )  # fmt: skip
        elif not self._page.watched and self._view is not None:
            self._view.close()
            self._view = None
        if self._view is not None:
            self._view.look()
            self._page.show_offers(self._operator.offered())

    def _ask(self, request: Request) -> None:
        """On a thread of the page's."""
        self._requests.put(request)
        self._asked.trigger()

    def _carry_out(self) -> None:
        while not self._requests.empty():
            self._operator.carry_out(self._requests.get())
