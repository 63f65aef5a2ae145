"""One call of an operator to a policy's or a deployment's service, or a look at a policy's state; imports rclpy.

The node lives for that one call: every wait ends on the steady clock.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError, MidpError
from midp_ros.nodes.operator.policy_status import PolicyStatus
from midp_ros.nodes.ros.endpoints import LEFTOVER
from midp_ros.nodes.ros.parameters import Parameter, declare, value
from midp_ros.nodes.ros.running import initialise

VERBS = ("confirm", "stop", "resume", "recover", "home", "status", "snapshot")
# For the node to be found: mostly 0.2 s; where the first announcements get lost, Fast DDS' next come after 3 s.
DISCOVERY_S = 6.0
NAMESAKES_S = 0.3  # and for a second one of its name
ANSWER_S = 3.0


class OperatorNode(Node):
    """Carries one call out."""

    verbs: tuple[str, ...] = VERBS
    more: tuple[Parameter, ...] = ()  # parameters of a subclass
    answer_s = ANSWER_S

    def __init__(self, **options: Any) -> None:
        super().__init__("midp_operator", enable_rosout=False, start_parameter_services=False, **options)
        verb = Parameter("verb", "status", "what is wanted of the node", choices=self.verbs)
        declare(self, (verb, Parameter("node", "policy", "that is asked"), *self.more))
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        name = str(value(self, "node"))
        self._full_name = name if name.startswith("/") else f"{self.get_namespace().rstrip('/')}/{name}"

    def carry_out(self) -> tuple[bool, str]:
        """Whether it was done, and the answer; raises CommandError where the node cannot be asked."""
        verb = value(self, "verb")
        if verb == "status":
            return PolicyStatus(self, self._full_name).read(self._until)
        client = self.create_client(Trigger, f"{self._full_name}/{verb}")
        if not self._until(client.service_is_ready, DISCOVERY_S):
            raise CommandError(self._why_absent(verb))
        if verb != "stop":
            self._refuse_namesakes()
        answer = self._answer(client)
        return answer.success, f"{self._full_name}: {answer.message}"

    def close(self) -> None:
        """Ends the executor."""
        self._executor.shutdown()

    def _answer(self, client: Any) -> Any:
        """A service's answer; raises CommandError where none comes."""
        future = client.call_async(Trigger.Request())
        if not self._until(future.done, self.answer_s):
            raise CommandError(f"{self._full_name} has not answered within {self.answer_s:g} s: it hangs or was killed")
        return future.result()

    def _until(self, met: Callable[[], bool], limit_s: float) -> bool:
        """Spins until a condition holds; whether it came to hold."""
        end_s = time.monotonic() + limit_s
        while not met():
            if time.monotonic() > end_s:
                return False
            self._executor.spin_once(timeout_sec=0.02)
        return True

    def _refuse_namesakes(self) -> None:
        """What one node is asked for must not reach another of the same name, too."""
        if self._until(lambda: self._nodes().count(self._full_name) > 1, NAMESAKES_S):
            number = self._nodes().count(self._full_name)
            raise CommandError(
                f"{number} nodes are called {self._full_name} and all would be asked: end all but one "
                f"({LEFTOVER})"
            )

    def _nodes(self) -> list[str]:
        found = self.get_node_names_and_namespaces()
        return [f"{namespace.rstrip('/')}/{name}" for name, namespace in found if name != self.get_name()]

    def _why_absent(self, verb: str) -> str:
        nodes = sorted(set(self._nodes()))
        if self._full_name in nodes:
            return f"node {self._full_name} has no service {verb!r}: is it a node of midp_ros that has one?"
        domain = f"in ROS domain {os.environ.get('ROS_DOMAIN_ID') or 0}"
        there = f"nodes {domain}: {', '.join(nodes)}" if nodes else f"there is no node at all {domain}"
        return f"there is no node {self._full_name}; {there}; --node and --namespace choose another"


def _show(answer: str) -> None:
    """Prints, also where the reader has left, as `| head` does."""
    try:
        print(answer, flush=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes once more at its end


def run_command(factory: Callable[[], OperatorNode] = OperatorNode) -> None:
    """A process's work: prints the answer, and leaves with 0 where it was done, else with 1."""
    initialise()
    node, done = None, False
    try:
        node = factory()
        done, answer = node.carry_out()
        _show(answer)
    except (MidpError, KeyboardInterrupt) as e:
        print(f"error: {e or 'interrupted'}", file=sys.stderr)
    finally:
        if node is not None:
            node.close()
            node.destroy_node()
        rclpy.try_shutdown()
    sys.exit(0 if done else 1)
