"""Real nodes over real DDS on this machine's loopback, each test process in its own domain."""

import time
from importlib.util import find_spec

import numpy as np
import pytest

# Without ROS and the package's interfaces there is nothing to test here; `make test` has both.
HAVE_ROS = all(find_spec(name) for name in ("rclpy", "franka_msgs", "pybullet"))
collect_ignore_glob = [] if HAVE_ROS else ["test_*.py"]
if HAVE_ROS:
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from rclpy.parameter import Parameter


class Graph:
    """Some nodes of this process on one executor."""

    def __init__(self):
        self.executor = SingleThreadedExecutor()
        self.nodes = []
        self._clients = {}

    def add(self, node):
        self.executor.add_node(node)
        self.nodes.append(node)
        return node

    def build(self, factory, **parameters):
        """Creates one of the package's nodes with parameters."""
        overrides = [Parameter(name, value=value) for name, value in parameters.items()]
        return self.add(factory(parameter_overrides=overrides))

    def spin_until(self, met, limit_s=10.0):
        """Spins until a condition holds; returns whether it came to hold."""
        end = time.monotonic() + limit_s
        while not met():
            if time.monotonic() > end:
                return False
            self.executor.spin_once(timeout_sec=0.05)
        return True

    def spin_for(self, duration_s):
        end = time.monotonic() + duration_s
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.01)

    def rests(self, value, within, for_s=0.3, limit_s=10.0):
        """Spins until a value, such as joint positions, stays the same for a while; returns whether it came to do so.

        A command to stop may be a second late on a busy machine, and so may the arm.
        """
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            before = np.array(value())
            self.spin_for(for_s)
            if np.abs(np.array(value()) - before).max() < within:
                return True
        return False

    def client(self, service_type, name):
        """The client of a service; created in good time, a call need not wait until the middleware has found it."""
        if name not in self._clients:
            self._clients[name] = self.nodes[0].create_client(service_type, name)
        return self._clients[name]

    def call(self, service_type, name, request=None, limit_s=10.0):
        """Calls a service of one of the nodes and returns the answer."""
        client = self.client(service_type, name)
        assert self.spin_until(client.service_is_ready, limit_s), f"no service {name}"
        future = client.call_async(request or service_type.Request())
        assert self.spin_until(future.done, limit_s), f"no answer from {name}"
        return future.result()

    def heard(self, node, message_type, topic, qos=10):
        """A list that fills with the messages of a topic."""
        messages = []
        node.create_subscription(message_type, topic, messages.append, qos)
        return messages

    def close(self):
        for node in reversed(self.nodes):
            if hasattr(node, "close"):
                node.close()
            node.destroy_node()
        self.executor.shutdown()


@pytest.fixture(scope="session")
def ros_context():
    rclpy.init()
    yield
    rclpy.try_shutdown()


@pytest.fixture
def graph(ros_context):
    """An empty graph; its first node is `probe`, a plain one for subscriptions and calls."""
    graph = Graph()
    graph.probe = graph.add(rclpy.create_node("probe"))
    yield graph
    graph.close()


@pytest.fixture
def long_episodes(monkeypatch):
    """An episode begins with the stand-in; on a busy machine the others start for longer than reaching may take."""
    from midp_ros.simulation.tasks.reach import Reach

    monkeypatch.setattr(Reach, "time_limit_s", 60.0)


@pytest.fixture
def stand_in(graph, long_episodes):
    """Starts the stand-in with parameters, and a client of it."""
    from franka_client import FrankaClient

    from midp_ros.nodes.stand_in.simulation_node import SimulationNode

    clients = []

    def start(**parameters):
        node = graph.build(SimulationNode, **{"task": "reach", **parameters})
        clients.append(FrankaClient(graph))
        clients[-1].node = node
        return clients[-1]

    yield start
    for client in clients:
        client.close()
