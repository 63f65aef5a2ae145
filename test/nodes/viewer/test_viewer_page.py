"""The page in a real browser: it shows the arm's scene, and its buttons reach the services."""

import io
import json

import browser
import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from PIL import Image
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger

pytest.importorskip("viser", reason="NOT CHECKED, since the extra `viewer` is not installed")
if browser.program() is None:
    pytest.skip("NOT CHECKED in a browser, since there is no Chromium", allow_module_level=True)

from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.ros.conversions import joint_state_message
from midp_ros.nodes.ros.status_conversions import diagnostics_message, status_message
from midp_ros.nodes.viewer.view import LATCHED
from midp_ros.nodes.viewer.viewer_node import ViewerNode

PROFILE = RobotProfile.load("fr3")
HOLDING = status_message("/skill", "warn", "", {"state": "holding", "hold_reason": "a reason"})
RECORDING = {"state": "recording", "episode": 3, "warnings": ["disk is nearly full"]}
LEAST_COLOURS = 300


@pytest.fixture
def page(graph):
    """The node and its page, opened."""
    node = graph.build(ViewerNode, task="pick", port=18180, drivers="skill")
    opened = browser.Browser(node.address, 700, 560)
    yield node, opened
    opened.close()


def test_it_shows_the_arm_and_its_buttons_arrive(graph, page):
    """One visit, since a browser takes seconds to start."""
    node, opened = page
    calls = []

    def on_call(request, response):
        calls.append("stop")
        response.success, response.message = True, "held until resume"
        return response

    graph.probe.create_service(Trigger, "skill/stop", on_call)
    graph.probe.create_service(Trigger, "recorder/keep", lambda request, response: response)
    joints = graph.probe.create_publisher(JointState, "joint_states", 10)
    reports = graph.probe.create_publisher(DiagnosticArray, "/diagnostics", 10)
    graph.probe.create_publisher(String, "recorder/status", LATCHED).publish(String(data=json.dumps(RECORDING)))

    def shows(*words):
        reports.publish(diagnostics_message(HOLDING, 1.0))
        joints.publish(joint_state_message(PROFILE.joint_names, 1.0, PROFILE.ready_rad))
        graph.spin_for(0.2)
        return all(word in opened.text for word in words)

    wanted = "holding", "a reason", "recording", "disk is nearly full", "keep"
    assert graph.spin_until(lambda: shows(*wanted), 60), opened.text
    assert "confirm" not in opened.text and "resume" not in opened.text, "no node offers these"
    opened.press("stop")
    assert graph.spin_until(lambda: calls, 10)
    assert graph.spin_until(lambda: shows("held until resume"), 20)
    assert graph.spin_until(lambda: _colours(opened) > LEAST_COLOURS, 60), "the scene is empty"


def _colours(opened):
    """Distinct colours of the page: the arm's shades alone are hundreds."""
    picture = np.asarray(Image.open(io.BytesIO(opened.screenshot())).convert("RGB"))
    return len(np.unique(picture.reshape(-1, 3), axis=0))
