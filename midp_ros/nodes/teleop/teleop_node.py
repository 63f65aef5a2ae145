"""`teleop`: a person drives the arm; imports teleop and the policy's loop."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String

from midp_ros.control.loop.commands import Tracker
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.core.seams import DEVICES
from midp_ros.kinematics import ArmModel
from midp_ros.nodes.policy.policy_loop_node import PolicyLoopNode
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.nodes.ros.robot_names import driven_profile, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.teleop.episode_buttons import EpisodeButtons
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.device import Device, DeviceContext, DeviceError, Screen
from midp_ros.teleop.devices.spacemouse import BUTTONS as MOUSE_BUTTONS
from midp_ros.teleop.gamepad_mapping import AXES, BUTTONS, DEAD_MAN
from midp_ros.teleop.operator_input import OperatorInput, OperatorSettings
from midp_ros.teleop.teleoperation import Teleoperation, teleop_contract
from midp_ros.teleop.tool_reference import ToolLimits
from midp_ros.teleop.tracker import TeleopTracker

PARAMETERS = (
    Parameter("task", "pick", "whose contract names the robot's observations and the actions that are recorded"),
    Parameter("contract", "", "a contract's name or YAML file; empty takes the task's", is_path=True),
    Parameter("devices", "twist", "names that `midp list devices` shows, with commas between"),
    Parameter("rate_hz", 100.0, "of the control steps [Hz]", 20.0, 100.0),
    Parameter("linear_m_s", 0.25, "largest speed of the tool, at scale 1 [m/s]", 0.01, 1.0),
    Parameter("angular_rad_s", 1.0, "largest turning speed, at scale 1 [rad/s]", 0.05, 2.5),
    Parameter("linear_m_s2", 2.0, "how briskly the tool starts and stops [m/s^2]", 0.2, 5.0),
    Parameter("angular_rad_s2", 8.0, "how briskly it turns [rad/s^2]", 0.5, 15.0),
    Parameter("scale", 0.5, "share of the largest speeds at the start; buttons change it", 0.05, 1.0),
    Parameter("hand_scale", 1.0, "share of a hand's translation that the tool makes", 0.05, 2.0),
    Parameter("box_low_m", [-1.0, -1.0, 0.01], "lowest tool position, x, y, z in the base frame [m]"),
    Parameter("box_high_m", [1.0, 1.0, 1.2], "highest tool position [m]"),
    Parameter("twist_units", "speed", "of TwistStamped: m/s and rad/s, or shares", choices=("speed", "shares")),
    Parameter("recorder", "recorder", "name of the node whose services the buttons episode_... call"),
    Parameter("gamepad_axes", AXES, "direction:number of each axis as joy_node numbers them; a minus turns it round"),
    Parameter("gamepad_buttons", BUTTONS, "number:event of each button"),
    Parameter("gamepad_dead_man", DEAD_MAN, "number of the button that has to be held; -1: none", -1, 31),
    Parameter("gamepad_path", "", "event device of gamepad; empty: the first one"),
    Parameter("spacemouse_buttons", ", ".join(MOUSE_BUTTONS), "event of each button, left one first"),
    Parameter("lead_s", 0.02, "least time from a chunk to the first change of the motion [s]", 0.0, 0.5),
)
ARM = "arm_"  # events that ask the watchdog: arm_stop, arm_resume, arm_recover
EVENTS_QOS = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)  # a recorder may come later
LOOK_S = 0.05  # at devices, while the loop does not ask the policy
SETTINGS = (  # that devices receive
    *("twist_units", "gamepad_axes", "gamepad_buttons", "gamepad_dead_man", "gamepad_path", "spacemouse_buttons"),
)
SHOW_EVERY = 4  # looks between two updates of a screen


class TeleopNode(PolicyLoopNode):
    """Teleoperation.

    Devices are read at every control step; while the loop holds the arm, every LOOK_S, for their buttons.
    """

    def __init__(self, **options: Any) -> None:
        self._operator: OperatorInput | None = None
        super().__init__("teleop", PARAMETERS, **options)
        self._episodes = EpisodeButtons(self, value(self, "recorder"))
        self._events = self.create_publisher(String, "~/events", EVENTS_QOS)
        self._number, self._looks = 0, steady_timer(self, LOOK_S, self._look)

    def load_policy(self) -> Policy:
        """Teleoperation by the devices that the parameters name."""
        task = value(self, "task")
        contract = Contract.load(value(self, "contract") or task)
        contract = replace(contract, robot=value(self, "robot") or contract.robot)
        profile = driven_profile(self, contract)
        settings = {name: value(self, name) for name in SETTINGS}
        context = DeviceContext(named_profile(self, profile), settings, self)
        names = [name.strip() for name in value(self, "devices").split(",") if name.strip()]
        devices = open_devices(names, context)
        self._screens = [device.show for device in devices if isinstance(device, Screen)]
        self._operator = OperatorInput(Arbiter(devices), self._settings())
        own = teleop_contract(contract, value(self, "rate_hz"), leader="leader" in names)
        return Teleoperation(own, self._operator, ArmModel(profile), self.now_s, self._commanded)

    def make_tracker(self, model: ArmModel, contract: Contract) -> Tracker:
        """Follows tool targets and leader's joints."""
        return TeleopTracker(model, contract)

    def destroy_node(self) -> None:
        """Leaves the devices."""
        if self._operator is not None:
            self._operator.close()
        super().destroy_node()

    # --- inside ------------------------------------------------------------------------------------------------------
    def _settings(self) -> OperatorSettings:
        speeds = {name: value(self, name) for name in ("linear_m_s", "angular_rad_s", "linear_m_s2", "angular_rad_s2")}
        low_m, high_m = (np.array(value(self, f"box_{end}_m"), float) for end in ("low", "high"))
        if low_m.shape != (3,) or high_m.shape != (3,) or not (low_m < high_m).all():
            raise DeviceError(f"box_low_m {low_m.tolist()} must be below box_high_m {high_m.tolist()}, 3 numbers each")
        limits = ToolLimits(**speeds, low_m=low_m, high_m=high_m)
        return OperatorSettings(limits, value(self, "scale"), value(self, "hand_scale"))

    def _commanded(self, time_s: float, measured_rad: Array) -> tuple[Array, Array]:
        assert self._loop is not None
        return self._loop.commanded(time_s, measured_rad)

    def _look(self) -> None:
        if self._operator is None:
            return
        self._operator.read(self.now_s())
        for text in self._operator.news():
            self.get_logger().warning(text)
        for event in self._operator.events():
            self._act_on(event)
        self._number += 1
        if self._number % SHOW_EVERY == 0:
            for show in self._screens:
                show(self._line(self._operator))

    def _act_on(self, event: str) -> None:
        self._publish(event)
        if event.startswith(ARM):
            done, answer = self._watchdog.request(event.removeprefix(ARM))
            self.get_logger().info(answer) if done else self.get_logger().warning(answer)
        elif not self._episodes.press(event):
            self.get_logger().warning(f"event {event!r} has no meaning here")

    def _publish(self, event: str, **values: object) -> None:
        self._events.publish(String(data=json.dumps({"event": event, "time_s": self.now_s(), **values})))

    def _line(self, operator: OperatorInput) -> str:
        """The state for a screen."""
        status = None if self._loop is None else self._loop.status()
        state = "not active" if status is None else f"{status.state.value}{status.reason and f': {status.reason}'}"
        parts = [state, f"{100 * operator.scale:.0f} %", "tool axes" if operator.in_tool else "base axes"]
        parts += [f"{operator.owner} drives"] if operator.owner else []
        parts += list(operator.barred.values())[:1] or ([self._episodes.answer] if self._episodes.answer else [])
        return " | ".join(parts)


def open_devices(names: list[str], context: DeviceContext) -> list[Device]:
    """Opens devices by name; closes them again where one fails.

    Raises:
        DeviceError: no name, one named twice, or a device that cannot be opened.
        UnknownNameError: lists the known names.
    """
    if not names:
        raise DeviceError(f"parameter devices names no device; known: {', '.join(DEVICES.labels())}")
    if len(set(names)) < len(names):
        raise DeviceError(f"parameter devices names one twice: {', '.join(names)}")
    opened: list[Device] = []
    try:
        for name in names:
            opened.append(DEVICES.load(name)(context))
    except Exception:
        for device in opened:
            device.close()
        raise
    return opened
