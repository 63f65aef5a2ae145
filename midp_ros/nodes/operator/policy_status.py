"""How a policy stands, out of its diagnostics or, where it is not active, of its lifecycle state; imports rclpy."""

from __future__ import annotations

from collections.abc import Callable

from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import GetState
from rclpy.node import Node
from std_srvs.srv import Trigger

from midp_ros.core.errors import CommandError
from midp_ros.nodes.ros.status_conversions import values_from_status

Until = Callable[[Callable[[], bool], float], bool]
DISCOVERY_S = 6.0  # as for the other commands
DIAGNOSTICS_S = 2.5  # they come once a second, and at once when something changes
ANSWER_S = 3.0


class PolicyStatus:
    """Reads one policy's.

    Args:
        policy: its full name.
    """

    def __init__(self, node: Node, policy: str):
        self._node, self._policy = node, policy
        self._values: dict[str, str] = {}
        node.create_subscription(DiagnosticArray, "/diagnostics", self._on_diagnostics, 10)
        self._state = node.create_client(GetState, f"{policy}/get_state")
        self._deployment = node.create_client(Trigger, f"{policy.rpartition('/')[0]}/deployment/confirm")

    def read(self, until: Until) -> tuple[bool, str]:
        """Whether it runs, and its state in some lines.

        Args:
            until: lets the node work until a condition holds, at most so long [s]; whether it came to hold.

        Raises:
            CommandError: the policy is not there.
        """
        if not until(lambda: bool(self._values) or self._state.service_is_ready(), DISCOVERY_S):
            raise CommandError(f"there is no node {self._policy}; --node and --namespace choose another")
        state = "active" if self._values else self._lifecycle_state(until)
        if state == "active" and until(lambda: bool(self._values), DIAGNOSTICS_S):
            return self._values.get("state") == "running", self._lines(self._values)
        if self._deployment.service_is_ready():
            return False, f"{self._policy}: {state}; a deployment prepares it: `midp confirm` answers its question"
        return False, f"{self._policy}: {state}; it commands nothing until it is activated"

    def _lifecycle_state(self, until: Until) -> str:
        future = self._state.call_async(GetState.Request())
        if until(lambda: future.done() or bool(self._values), ANSWER_S):
            return "active" if self._values else str(future.result().current_state.label)
        raise CommandError(f"{self._policy} is in the graph and does not answer: it hangs or was killed")

    def _lines(self, values: dict[str, str]) -> str:
        state, reason = values.get("state", "unknown"), values.get("hold_reason", "")
        rows = {
            "robot mode": values.get("robot_mode"),
            "chunks": f"{_number(values, 'chunk_rate_hz', 1.0):.1f} a second, "
            f"{_number(values, 'chunk_latency_p50_s', 1e3):.1f} ms each",
            "motions": "from rest to rest: a trajectory came late" if values.get("late_delivery") == "true" else "",
            "oldest observation": f"{_number(values, 'observation_age_s', 1e3):.0f} ms",
            "other publishers": values.get("other_publishers") or "none",
            "go on by": _remedy(state, reason),
        }
        lines = [f"{name:20}{value}" for name, value in rows.items() if value]
        return "\n".join([f"{self._policy}: {state}{': ' if reason else ''}{reason}", *lines])

    def _on_diagnostics(self, message: DiagnosticArray) -> None:
        for status in message.status:
            if status.name == self._policy:
                self._values = values_from_status(status)


def _number(values: dict[str, str], name: str, scale: float) -> float:
    """A figure; NaN where the policy gives none."""
    try:
        return scale * float(values.get(name, "nan"))
    except ValueError:
        return float("nan")


def _remedy(state: str, reason: str) -> str:
    """Which command lets it go on; empty where it runs, and where it goes on by itself."""
    if state == "running":
        return ""
    for verb in ("recover", "resume"):
        if f"/{verb}" in reason:
            return f"`midp {verb}`"
    return "itself, as soon as the reason is gone"
