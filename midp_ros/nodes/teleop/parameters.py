"""Parameters of node teleop, and the objects that they stand for; imports teleop and rclpy."""

from __future__ import annotations

import numpy as np
from rclpy.node import Node

from midp_ros.core.seams import DEVICES
from midp_ros.inference.providers import CHOICES
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.teleop.device import Device, DeviceContext, DeviceError
from midp_ros.teleop.devices.spacemouse import BUTTONS as MOUSE_BUTTONS
from midp_ros.teleop.gamepad_mapping import AXES, BUTTONS, DEAD_MAN
from midp_ros.teleop.operator_input import OperatorSettings
from midp_ros.teleop.strategies import STRATEGIES
from midp_ros.teleop.take_over import TakeOverSettings
from midp_ros.teleop.tool_reference import ToolLimits

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
    Parameter(
        "model", "", "a policy that drives until the person takes over: ONNX file or name; empty: none", is_path=True
    ),
    Parameter("provider", "auto", "that runs the model; auto: the best that opens", choices=CHOICES),
    Parameter("threads", 1, "that one inference may use", 1, 64),
    Parameter(
        "threshold", 0.15, "share of the largest speeds from which a motion takes over; 2: only a button", 0.01, 2.0
    ),
    Parameter("hand_back_s", 0.0, "rest after which the policy goes on [s]; 0: only a button hands back", 0.0, 60.0),
    Parameter("strategy", "base", "what is recorded while the model drives", choices=STRATEGIES),
)
SETTINGS = (  # that devices receive
    *("twist_units", "gamepad_axes", "gamepad_buttons", "gamepad_dead_man", "gamepad_path", "spacemouse_buttons"),
)


def operator_settings(node: Node) -> OperatorSettings:
    """How motions turn into the tool's; raises DeviceError for a box that is none."""
    speeds = {name: value(node, name) for name in ("linear_m_s", "angular_rad_s", "linear_m_s2", "angular_rad_s2")}
    low_m, high_m = (np.array(value(node, f"box_{end}_m"), float) for end in ("low", "high"))
    if low_m.shape != (3,) or high_m.shape != (3,) or not (low_m < high_m).all():
        raise DeviceError(f"box_low_m {low_m.tolist()} must be below box_high_m {high_m.tolist()}, 3 numbers each")
    limits = ToolLimits(**speeds, low_m=low_m, high_m=high_m)
    return OperatorSettings(limits, value(node, "scale"), value(node, "hand_scale"))


def take_over_settings(node: Node, corrects: bool) -> TakeOverSettings:
    """When who drives.

    Args:
        corrects: whether the strategy lets a person take over.
    """
    return TakeOverSettings(value(node, "threshold"), value(node, "hand_back_s"), corrects)


def device_names(node: Node) -> list[str]:
    """The devices by the parameter; raises DeviceError where there is none, or one twice."""
    names = [name.strip() for name in value(node, "devices").split(",") if name.strip()]
    if not names:
        raise DeviceError(f"parameter devices names no device; known: {', '.join(DEVICES.labels())}")
    if len(set(names)) < len(names):
        raise DeviceError(f"parameter devices names one twice: {', '.join(names)}")
    return names


def open_devices(names: list[str], context: DeviceContext) -> list[Device]:
    """Opens devices by name; closes them again where one fails.

    Raises:
        DeviceError: a device that cannot be opened.
        UnknownNameError: lists the known names.
    """
    opened: list[Device] = []
    try:
        for name in names:
            opened.append(DEVICES.load(name)(context))
    except Exception:
        for device in opened:
            device.close()
        raise
    return opened
