"""The message packages that PyPI lacks: exact types, and topics, services and actions over DDS."""

import importlib
import json
import threading
from pathlib import Path

import pytest

rclpy = pytest.importorskip("rclpy")
from rclpy.action import ActionClient, ActionServer  # noqa: E402
from rclpy.executors import MultiThreadedExecutor  # noqa: E402

pytestmark = pytest.mark.ros
INTERFACES = Path(__file__).parents[1] / "interfaces"
# Computed by rosidl in a ROS 2 Jazzy built from source.
HASHES = json.loads((INTERFACES / "type_hashes.json").read_text())
TIMEOUT_S = 20.0


@pytest.fixture
def node():
    context = rclpy.Context()
    rclpy.init(context=context)
    node = rclpy.create_node("interfaces", context=context)
    executor = MultiThreadedExecutor(num_threads=2, context=context)
    executor.add_node(node)
    spinner = threading.Thread(target=executor.spin)
    spinner.start()
    yield node
    executor.shutdown()
    spinner.join()
    node.destroy_node()
    context.shutdown()


def result_of(future):
    """Waits for a future that another thread's executor completes."""
    done = threading.Event()
    future.add_done_callback(lambda _: done.set())
    assert done.wait(TIMEOUT_S), "no answer over DDS"
    return future.result()


def load(name):
    package, kind, type_name = name.split("/")
    return getattr(importlib.import_module(f"{package}.{kind}"), type_name)


def test_tools_find_the_definitions_by_the_ament_index(tmp_path, monkeypatch):
    from ament_index_python import get_package_share_directory, get_resource

    monkeypatch.syspath_prepend(str(INTERFACES))
    install_definitions = importlib.import_module("definitions").install_definitions
    for _ in range(2):  # again over what an earlier set-up left
        install_definitions(INTERFACES / "franka_msgs", tmp_path)
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    share = Path(get_package_share_directory("franka_msgs"))
    names = get_resource("rosidl_interfaces", "franka_msgs")[0].split()
    assert {f"franka_msgs/{n.rpartition('.')[0]}" for n in names} == {n for n in HASHES if n.startswith("franka_msgs")}
    assert all((share / name).read_text() == (INTERFACES / "franka_msgs" / name).read_text() for name in names)


def test_every_definition_has_its_hash():
    found = {f"{p.parents[1].name}/{p.parent.name}/{p.stem}" for p in INTERFACES.glob("*/*/*.*") if p.suffix != ".pyc"}
    assert found == set(HASHES)


@pytest.mark.parametrize("name", [n for n in HASHES if "/msg/" in n])
def test_a_message_on_the_wire_has_the_hash_of_the_robots(node, name):
    topic = f"/types/{name.replace('/', '_')}"
    publisher = node.create_publisher(load(name), topic, 1)
    (info,) = node.get_publishers_info_by_topic(topic)
    assert str(info.topic_type) == name
    assert _rihs(info.topic_type_hash) == HASHES[name]
    node.destroy_publisher(publisher)


def _rihs(type_hash):
    return f"RIHS{type_hash.version:02d}_{bytes(type_hash.value).hex()}"


def test_franka_robot_state_arrives_as_it_was_sent(node):
    state = load("franka_msgs/msg/FrankaRobotState")()
    state.robot_mode = state.ROBOT_MODE_REFLEX
    state.measured_joint_state.name = [f"fr3_joint{i}" for i in range(1, 8)]
    state.measured_joint_state.position = [0.1 * i for i in range(7)]
    state.o_t_ee.pose.position.z = 0.5
    state.tau_ext_hat_filtered.effort = [1.0, -2.0]
    state.current_errors.cartesian_reflex = True
    arrived, done = [], threading.Event()
    node.create_subscription(type(state), "state", lambda m: (arrived.append(m), done.set()), 1)
    publisher = node.create_publisher(type(state), "state", 1)
    for _ in range(200):
        publisher.publish(state)
        if done.wait(TIMEOUT_S / 200):
            break
    assert arrived and arrived[0] == state


def test_set_load_is_served(node):
    set_load = load("franka_msgs/srv/SetLoad")

    def serve(request, response):
        response.success = bool(request.mass == 0.7 and request.center_of_mass[2] == 0.05)
        response.error = f"inertia {request.load_inertia[8]:.3f}"
        return response

    node.create_service(set_load, "set_load", serve)
    client = node.create_client(set_load, "set_load")
    assert client.wait_for_service(TIMEOUT_S)
    request = set_load.Request(mass=0.7, center_of_mass=[0.0, 0.0, 0.05], load_inertia=[0.0] * 8 + [0.001])
    response = result_of(client.call_async(request))
    assert response.success and response.error == "inertia 0.001"


def test_a_grasp_sends_goal_feedback_and_result(node):
    grasp = load("franka_msgs/action/Grasp")

    def execute(handle):
        handle.publish_feedback(grasp.Feedback(current_width=0.031))
        handle.succeed()
        return grasp.Result(success=True, error=f"{handle.request.width} {handle.request.epsilon.outer}")

    server = ActionServer(node, grasp, "grasp", execute)
    client = ActionClient(node, grasp, "grasp")
    assert client.wait_for_server(TIMEOUT_S)
    widths, heard = [], threading.Event()
    goal = grasp.Goal(width=0.02, speed=0.03, force=50.0)
    sent = client.send_goal_async(goal, lambda m: (widths.append(m.feedback.current_width), heard.set()))
    handle = result_of(sent)
    assert handle.accepted
    result = result_of(handle.get_result_async()).result
    # The epsilon was left alone: 0.005 m is the default of the definition.
    assert result.success and result.error == "0.02 0.005"
    assert heard.wait(TIMEOUT_S) and widths == [0.031]
    client.destroy()
    server.destroy()


@pytest.mark.parametrize("name", HASHES)
def test_the_compiled_package_carries_the_hash_of_the_robots(name):
    folder = Path(importlib.import_module(name.split("/")[0]).__file__).parent
    if not (folder / ".built_by_midp_ros").is_file():
        pytest.skip("this package comes from a sourced ROS 2")
    digest = bytes.fromhex(HASHES[name].removeprefix("RIHS01_"))
    # On the wheels in the package's folder; built beside a sourced ROS 2, in the prefix that a link leads to.
    libraries = [*folder.glob("lib*.so"), *folder.resolve().parents[2].glob(f"lib{folder.name}__*.so")]
    assert any(digest in library.read_bytes() for library in libraries)
    assert load(name) is not None
