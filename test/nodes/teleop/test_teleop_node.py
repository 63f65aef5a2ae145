"""Node teleop on the stand-in over DDS, its buttons at a recorder, and a policy that a person takes over from."""

import json
import time

import pytest
from geometry_msgs.msg import TwistStamped
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import Joy
from std_msgs.msg import String
from std_srvs.srv import Trigger

from midp_ros.core.errors import ContractMismatchError, UnknownNameError
from midp_ros.nodes.teleop.teleop_node import TeleopNode
from midp_ros.teleop.device import DeviceError

EVENTS = QoSProfile(depth=100, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Stick:
    """Publishes a velocity along y at 50 Hz."""

    def __init__(self, graph):
        self.speed_m_s = 0.0
        self._publisher = graph.probe.create_publisher(TwistStamped, "/teleop/delta_twist_cmds", 10)
        graph.probe.create_timer(0.02, self._publish)

    def _publish(self):
        message = TwistStamped()
        message.header.frame_id, message.twist.linear.y = "fr3_link0", self.speed_m_s
        self._publisher.publish(message)


@pytest.fixture
def driven(graph, stand_in):
    """The stand-in, a stick and node teleop with parameters, running."""

    def start(**parameters):
        arm, stick = stand_in(interface="position", refuse_steps=True), Stick(graph)
        events = graph.heard(graph.probe, String, "/teleop/events", EVENTS)
        node = graph.build(TeleopNode, task="reach", scale=1.0, rate_hz=25.0, **parameters)
        assert graph.spin_until(lambda: node._loop.status().state.value == "running", 20.0)
        graph.spin_for(0.3)
        return arm.node, stick, node, lambda: [json.loads(message.data) for message in events]

    return start


def tool_y(simulation):
    return float(simulation._simulation.tool().position_m[1])


def test_a_person_drives_lets_go_and_the_arm_rests(graph, driven):
    simulation, stick, node, events = driven(devices="twist")
    start_m = tool_y(simulation)
    stick.speed_m_s = 0.1
    assert graph.spin_until(lambda: tool_y(simulation) > start_m + 0.03)
    stick.speed_m_s = 0.0
    assert graph.spin_until(lambda: node._operator.magnitude() == 0.0)
    assert graph.rests(lambda: tool_y(simulation), within=1e-4)
    assert [event["label"] for event in events() if event["event"] == "segment"] == ["teleop"]
    assert not simulation._simulation.robot.reflexes


def test_a_person_takes_over_from_a_policy_and_hands_back(graph, driven):
    simulation, stick, node, events = driven(devices="twist", model="reach", hand_back_s=0.3, strategy="dagger")

    def drivers():
        return [event["label"] for event in events() if event["event"] == "segment"]

    stick.speed_m_s = 0.1
    assert graph.spin_until(lambda: drivers()[-1:] == ["correction"])
    stick.speed_m_s = 0.0
    assert graph.spin_until(lambda: drivers() == ["policy", "correction", "policy"])
    assert any(event["event"] == "incident" for event in events())
    assert not simulation._simulation.robot.reflexes


def test_buttons_call_the_recorder_in_order_and_the_arms_watchdog(graph, driven):
    called = []

    def serve(verb):
        def answer(request, response):
            called.append(verb)
            response.success, response.message = True, verb
            return response

        graph.probe.create_service(Trigger, f"/recorder/{verb}", answer)

    for verb in ("start", "stop", "keep", "discard", "success", "failure"):
        serve(verb)
    joy = graph.probe.create_publisher(Joy, "/joy", 10)
    _, _, node, events = driven(
        devices="joy", gamepad_buttons="0:episode_start, 1:episode_stop, 2:episode_keep, 3:arm_stop"
    )
    assert graph.spin_until(lambda: node._episodes._clients["keep"].service_is_ready())

    def press(*buttons):
        for pressed in ([], buttons, []):
            joy.publish(Joy(buttons=[int(number in pressed) for number in range(4)]))
            time.sleep(0.01)

    assert graph.spin_until(lambda: joy.get_subscription_count() > 0)
    press(0)
    assert graph.spin_until(lambda: called == ["start"])
    press(1, 2)
    assert graph.spin_until(lambda: called == ["start", "stop", "keep"]), "one after the other"
    press(3)
    assert graph.spin_until(lambda: "stopped by the operator" in node._loop.status().reason)
    assert graph.spin_until(lambda: {"episode_start", "arm_stop"} <= {event["event"] for event in events()})


def test_a_button_starts_the_first_episode(graph):
    started = []
    graph.probe.create_service(Trigger, "/recorder/start", lambda request, response: started.append(1) or response)
    joy = graph.probe.create_publisher(Joy, "/joy", 10)
    node = graph.build(TeleopNode, task="reach", devices="joy", gamepad_buttons="0:episode_start", autostart=False)
    assert node._loop.status().state.value != "running", "the recorder starts it"
    service = node._episodes._clients["start"]
    assert graph.spin_until(lambda: joy.get_subscription_count() and service.service_is_ready())

    def pressed():
        for buttons in ([0], [1], [0]):
            joy.publish(Joy(buttons=buttons))
            graph.spin_for(0.1)
        return started

    assert graph.spin_until(pressed)


@pytest.mark.parametrize("autostart", [True, False])
@pytest.mark.parametrize(
    "devices, error, words",
    [
        ("", DeviceError, "names no device; known: gamepad, hand"),
        ("twist,twist", DeviceError, "names one twice"),
        ("nunchuk", UnknownNameError, "unknown device 'nunchuk'; known: gamepad"),
    ],
)
def test_devices_that_cannot_be_opened_are_refused(graph, devices, error, words, autostart):
    with pytest.raises(error, match=words):
        graph.build(TeleopNode, task="reach", devices=devices, autostart=autostart)


def test_a_model_of_another_robot_is_refused_and_a_person_leads_any(graph):
    with pytest.raises(ContractMismatchError, match="contract is for robot 'fr3', .*'panda'"):
        graph.build(TeleopNode, task="reach", model="reach", devices="twist", robot="panda")
    assert graph.build(TeleopNode, task="reach", devices="twist", robot="panda").get_name() == "teleop"
