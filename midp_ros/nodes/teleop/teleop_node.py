"""`teleop`: a person drives the arm, or takes over from a policy; imports teleop, inference and the policy's loop."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from rclpy.qos import DurabilityPolicy, QoSProfile
from std_msgs.msg import String

from midp_ros.control import State
from midp_ros.control.chunks.chunk_hand_over import with_handover
from midp_ros.control.loop.commands import Tracker
from midp_ros.control.loop.plan import MotionCheck
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.package_files import model_path
from midp_ros.core.protocols import Policy
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.kinematics import ArmModel
from midp_ros.nodes.commands import motion_check
from midp_ros.nodes.policy.inference_thread import InferenceThread
from midp_ros.nodes.policy.policy_loop_node import PolicyLoopNode
from midp_ros.nodes.ros.parameters import value
from midp_ros.nodes.ros.robot_names import driven_profile, named_profile
from midp_ros.nodes.ros.steady_timer import steady_timer
from midp_ros.nodes.teleop.attempts import Attempts
from midp_ros.nodes.teleop.episode_buttons import EpisodeButtons
from midp_ros.nodes.teleop.parameters import (
    PARAMETERS,
    SETTINGS,
    device_names,
    open_devices,
    operator_settings,
    take_over_settings,
)
from midp_ros.teleop.arbiter import Arbiter
from midp_ros.teleop.device import DeviceContext, Screen
from midp_ros.teleop.driver_check import check_of_driver
from midp_ros.teleop.operator_input import TAKE_OVER_EVENTS, OperatorInput
from midp_ros.teleop.strategies import Strategy
from midp_ros.teleop.take_over import TakeOver, take_over_contract
from midp_ros.teleop.teleoperation import Teleoperation, teleop_contract
from midp_ros.teleop.tracker import TeleopTracker, with_leader

LEADER, TELEOP = "leader", "teleop"
ARM = "arm_"  # events that ask the watchdog: arm_stop, arm_resume, arm_recover
EVENTS_QOS = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)  # a recorder may come later
LOOK_S = 0.05  # at devices, while the loop does not ask the policy
SHOW_EVERY = 4  # looks between two updates of a screen


class TeleopNode(PolicyLoopNode):
    """Teleoperation, alone or over a learned policy.

    Devices are read at every control step; while the loop holds the arm, every LOOK_S, for their buttons.
    Publishes `~/events`: buttons, who drives (`segment`), and what went wrong (`incident`).
    """

    configures_at_start = True  # a button starts the first episode, so devices are read before

    def __init__(self, **options: Any) -> None:
        self._operator: OperatorInput | None = None
        self._take_over: TakeOver | None = None
        super().__init__("teleop", PARAMETERS, **options)
        self._events = self.create_publisher(String, "~/events", EVENTS_QOS)
        self._episodes = EpisodeButtons(self, value(self, "recorder"))
        self._attempts: Attempts | None = None
        if value(self, "model"):
            strategy = Strategy(value(self, "strategy"))
            self._attempts = Attempts(self, strategy, self._episodes.press, self._publish, self.now_s)
        else:
            self._publish("segment", label=TELEOP)
        self._number, self._looks = 0, steady_timer(self, LOOK_S, self._look)

    def load_policy(self) -> Policy:
        """Teleoperation by the devices that the parameters name; over the model, where there is one."""
        learned = self._learned()
        contract = self._persons_contract() if learned is None else learned.contract
        profile = driven_profile(self, contract)
        names = device_names(self)
        context = DeviceContext(named_profile(self, profile), {name: value(self, name) for name in SETTINGS}, self)
        devices = open_devices(names, context)
        self._screens = [device.show for device in devices if isinstance(device, Screen)]
        self._operator = OperatorInput(Arbiter(devices), operator_settings(self))
        rate_hz, model = value(self, "rate_hz"), ArmModel(profile)
        rest = model, self.now_s, self._commanded, motion_check.table_height_m(self, contract)
        self._take_over = None
        if learned is None:
            own = teleop_contract(contract, rate_hz, leader=LEADER in names)
            return Teleoperation(own, self._operator, *rest)
        own = take_over_contract(contract, rate_hz)
        person = Teleoperation(with_leader(own) if LEADER in names else own, self._operator, *rest)
        settings = take_over_settings(self, Strategy(value(self, "strategy")).corrects)
        self._take_over = TakeOver(
            with_handover(learned, "auto", lambda: 0), person, settings, InferenceThread().submit
        )
        return self._take_over

    def make_tracker(self, model: ArmModel, contract: Contract) -> Tracker:
        """Follows tool targets and leader's joints."""
        return TeleopTracker(model, contract)

    def make_check(self, model: ArmModel, contract: Contract) -> MotionCheck:
        """Keeps a person's motions further away than a learned policy's."""
        return check_of_driver(
            self._take_over, lambda further_m: motion_check.make_check(self, contract, model, further_m)
        )

    def destroy_node(self) -> None:
        """Leaves the devices."""
        if self._operator is not None:
            self._operator.close()
        super().destroy_node()

    # --- inside ------------------------------------------------------------------------------------------------------
    def _persons_contract(self) -> Contract:
        """A person leads any robot; a model only the one that it was made for."""
        contract = Contract.load(value(self, "contract") or value(self, "task"))
        return replace(contract, robot=value(self, "robot") or contract.robot)

    def _learned(self) -> OnnxPolicy | None:
        if not value(self, "model"):
            return None
        policy = OnnxPolicy(model_path(value(self, "model")), value(self, "threads"), value(self, "provider"))
        policy.warm_up()
        return policy

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
        self._follow_attempts()
        self._number += 1
        if self._number % SHOW_EVERY == 0:
            for show in self._screens:
                show(self._line(self._operator))

    def _follow_attempts(self) -> None:
        if self._take_over is None or self._attempts is None or self._loop is None:
            return
        status = self._loop.status()
        if status.state is not State.RUNNING:  # a person may go on where a policy cannot, as without perception
            self._take_over.look(self.now_s())
        for label, time_s in self._take_over.changes():
            self.get_logger().info(f"{label} drives")
            self._attempts.driver(label, time_s)
        self._attempts.look(status.state, status.reason)

    def _act_on(self, event: str) -> None:
        self._publish(event)
        if self._attempts is not None:
            self._attempts.button(event)
        if event.startswith(ARM):
            done, answer = self._watchdog.request(event.removeprefix(ARM))
            self.get_logger().info(answer) if done else self.get_logger().warning(answer)
        elif event not in TAKE_OVER_EVENTS or self._take_over is None:
            if not self._episodes.press(event):
                self.get_logger().warning(f"event {event!r} has no meaning here")

    def _publish(self, event: str, **values: object) -> None:
        content = {"event": event, "time_s": self.now_s(), **values}
        self._events.publish(String(data=json.dumps(content)))

    def _line(self, operator: OperatorInput) -> str:
        """The state for a screen."""
        status = None if self._loop is None else self._loop.status()
        state = "not active" if status is None else f"{status.state.value}{status.reason and f': {status.reason}'}"
        driver = f"{operator.owner} drives" if operator.owner else ""
        if self._take_over is not None:
            driver = f"{self._take_over.driver} drives"
        parts = [state, driver, f"speed {100 * operator.scale:.0f} %", "tool axes" if operator.in_tool else "base axes"]
        parts += list(operator.barred.values())[:1] or [self._episodes.answer]
        return " | ".join(part for part in parts if part)
