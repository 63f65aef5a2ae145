"""Carries out the steps of a recovery over ROS, without blocking; imports control, franka_msgs and rclpy."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any

from action_msgs.msg import GoalStatus
from franka_msgs.action import ErrorRecovery
from lifecycle_msgs.msg import State
from rclpy.action import ActionClient
from rclpy.node import Node

from midp_ros.control import Step

HARDWARE, ERROR_RECOVERY = "FrankaHardwareInterface", "action_server/error_recovery"
Done = Callable[[str], None]


class RecoverySteps:
    """Error recovery by franka_hardware's action; hardware and controllers by controller_manager where there is one.

    Order of the steps and name of the hardware: franka_ros2 v2.5 and v3.4.

    Attributes:
        awaited: the action or service whose answer to the last step is still to come; empty if none is.
    """

    def __init__(self, node: Node):
        self._logger = node.get_logger()
        self._recovery = ActionClient(node, ErrorRecovery, ERROR_RECOVERY)
        self._manager = _manager(node)
        self.awaited = ""

    def steps(self) -> list[Step]:
        """Those that can be carried out here, in order."""
        if self._manager is None:
            self._logger.warning(
                "controller_manager_msgs is not installed: if hardware and controllers have to be activated after the "
                "recovery, do that by `ros2 control`"
            )
            return [Step.CLEAR_ERRORS, Step.SETTLE]
        if not all(client.service_is_ready() for client in self._manager.values()):
            self._logger.info("no controller_manager answers: hardware and controllers activate themselves")
            return [Step.CLEAR_ERRORS, Step.SETTLE]
        first = [Step.DEACTIVATE] if os.environ.get("ROS_DISTRO") == "humble" else []
        return [*first, Step.CLEAR_ERRORS, Step.HARDWARE, Step.ACTIVATE, Step.SETTLE]

    def start(self, step: Step, controller: str, done: Done) -> None:
        """Begins a step; `done` is called with what went wrong, or an empty text."""
        self.awaited = ""
        if step is Step.CLEAR_ERRORS:
            self._clear_errors(done)
        elif step is Step.HARDWARE:
            target = State(id=State.PRIMARY_STATE_ACTIVE, label="active")
            self._call("hardware", done, name=HARDWARE, target_state=target)
        elif step is Step.ACTIVATE:
            self._call("controllers", done, activate_controllers=[controller], strictness=1)
        elif step is Step.DEACTIVATE:
            self._call("controllers", done, deactivate_controllers=[controller], strictness=1)

    def _clear_errors(self, done: Done) -> None:
        if not self._recovery.server_is_ready():
            done(f"no node serves {ERROR_RECOVERY}")
            return
        self.awaited = ERROR_RECOVERY

        def answered(future: Any) -> None:
            handle = future.result()
            if not handle.accepted:
                self.awaited = ""
                done("the robot rejected it")
                return
            handle.get_result_async().add_done_callback(returned)

        def returned(future: Any) -> None:
            succeeded = future.result().status == GoalStatus.STATUS_SUCCEEDED
            self.awaited = ""
            done("" if succeeded else "the robot could not clear its errors; is the cause removed?")

        self._recovery.send_goal_async(ErrorRecovery.Goal()).add_done_callback(answered)

    def _call(self, service: str, done: Done, **fields: Any) -> None:
        assert self._manager is not None
        client = self._manager[service]
        self.awaited = client.srv_name

        def answered(future: Any) -> None:
            self.awaited = ""
            done("" if future.result().ok else "controller_manager refused it")

        client.call_async(client.srv_type.Request(**fields)).add_done_callback(answered)


def _manager(node: Node) -> dict[str, Any] | None:
    """Clients of controller_manager; None where its messages are not installed, as without a ROS 2 installation."""
    try:
        services = import_module("controller_manager_msgs.srv")
    except ImportError:
        return None
    return {
        "hardware": node.create_client(
            services.SetHardwareComponentState, "controller_manager/set_hardware_component_state"
        ),
        "controllers": node.create_client(services.SwitchController, "controller_manager/switch_controller"),
    }
