"""The page in a real browser: it shows the arm's scene, its buttons reach the services, and the tool can be dragged."""

import io
import json

import browser
import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from PIL import Image
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger

pytest.importorskip("viser", reason="NOT CHECKED, since the extra `viewer` is not installed")
if browser.program() is None:
    pytest.skip("NOT CHECKED in a browser, since there is no Chromium", allow_module_level=True)

from midp_ros.core.pose import Pose, matrix_from_quaternion
from midp_ros.kinematics import RobotProfile
from midp_ros.nodes.deployment.operator_confirmation import OperatorConfirmation
from midp_ros.nodes.ros.conversions import joint_state_message, pose_message
from midp_ros.nodes.ros.status_conversions import diagnostics_message, status_message
from midp_ros.nodes.viewer.view import LATCHED
from midp_ros.nodes.viewer.viewer_node import ViewerNode

PROFILE = RobotProfile.load("fr3")
HOLDING = status_message("/skill", "warn", "", {"state": "holding", "hold_reason": "a reason"})
RECORDING = {"state": "recording", "episode": 3, "warnings": ["disk is nearly full"]}
LEAST_COLOURS = 300
TOOL = Pose(np.array([0.5, 0.0, 0.3]), np.eye(3))
DRAGGED_M = np.array([0.0, 0.06, 0.0])


@pytest.fixture
def page(graph):
    """The node and its page, opened."""
    node = graph.build(ViewerNode, task="pick", port=18180, drivers="skill")
    opened = browser.Browser(node.address, 900, 560)
    yield node, opened
    opened.close()


def test_it_shows_the_arm_and_a_person_acts_on_it(graph, page):
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

    asking = OperatorConfirmation(graph.add(rclpy.create_node("deployment"))).ask("move to the start pose")
    next(asking)
    wanted = "holding", "a reason", "recording", "disk is nearly full", "keep", "move to the start pose?"
    assert graph.spin_until(lambda: shows(*wanted), 60), opened.text
    assert "resume" not in opened.text and "recover" not in opened.text, "no node offers these"
    opened.press("confirm")
    assert graph.spin_until(lambda: next(asking, "agreed") == "agreed", 10)
    opened.press("stop")
    assert graph.spin_until(lambda: calls, 10)
    assert graph.spin_until(lambda: shows("held until resume"), 20)
    assert "start pose?" not in opened.text, "it has been answered"
    assert graph.spin_until(lambda: _colours(opened) > LEAST_COLOURS, 60), "the scene is empty"

    _drag_the_tool(graph, node, opened)


def _drag_the_tool(graph, node, opened):
    """By the handle's arrow along y: its pose is published while it is held, and as far as it was dragged."""
    targets = graph.heard(graph.probe, PoseStamped, "teleop/target_pose")
    poses = graph.probe.create_publisher(PoseStamped, "franka_robot_state_broadcaster/current_pose", 10)
    handle, (client,) = node._page.drag._handle, node._page._server.get_clients().values()
    client.camera.position, client.camera.look_at = TOOL.position_m + [0.6, 0.0, 0.15], TOOL.position_m
    opened.tick("drag the tool")

    def rests():
        poses.publish(pose_message(TOOL, PROFILE.base_frame, 1.0))
        return handle.visible and np.allclose(handle.position, TOOL.position_m)

    assert graph.spin_until(rests, 20), "no handle at the tool"
    graph.spin_for(1.0)  # drawn
    at = TOOL.position_m + [0.0, 0.11, 0.0]
    opened.mouse("mouseMoved", *_on_screen(node, opened, at))
    opened.mouse("mousePressed", *_on_screen(node, opened, at))
    for share in (0.3, 0.6, 1.0):
        opened.mouse("mouseMoved", *_on_screen(node, opened, at + share * DRAGGED_M))
        graph.spin_for(0.2)

    def newest():
        point = targets[-1].pose.position if targets else None
        return np.full(3, np.nan) if point is None else np.array([point.x, point.y, point.z])

    def followed():
        return np.allclose(newest(), TOOL.position_m + DRAGGED_M, atol=0.01)

    assert graph.spin_until(followed, 10), newest()
    opened.mouse("mouseReleased", *_on_screen(node, opened, at + DRAGGED_M))
    assert graph.spin_until(lambda: node._page.drag.target is None, 10)
    graph.spin_for(0.2)
    seen = len(targets)
    graph.spin_for(0.3)
    assert len(targets) == seen, "published without a hand on the handle"


def _on_screen(node, opened, point_m):
    """Where a point in the base frame is in the window [pixel], by what the browser says of its camera."""
    (client,) = node._page._server.get_clients().values()
    camera = client.camera
    x, y, depth = matrix_from_quaternion(np.roll(camera.wxyz, -1)).T @ (point_m - camera.position)
    left, top, width, height = opened.run(
        "(r => [r.x, r.y, r.width, r.height])(document.querySelector('canvas').getBoundingClientRect())"
    )
    scale = height / 2 / np.tan(camera.fov / 2) / depth
    return left + width / 2 + scale * x, top + height / 2 + scale * y


def _colours(opened):
    """Distinct colours of the page: the arm's shades alone are hundreds."""
    picture = np.asarray(Image.open(io.BytesIO(opened.screenshot())).convert("RGB"))
    return len(np.unique(picture.reshape(-1, 3), axis=0))
