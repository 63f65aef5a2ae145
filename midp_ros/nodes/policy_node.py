"""`policy`: runs an exported policy; imports inference and the policy loop."""

from __future__ import annotations

from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.core.share import model_path
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.nodes.parameters import Parameter, value
from midp_ros.nodes.policy_loop_node import PolicyLoopNode
from midp_ros.nodes.running import run

PARAMETERS = (
    Parameter("model", "pick", "an ONNX file, or the name of one in models/"),
    Parameter("contract", "", "contract file that the model must match; empty trusts the model's own"),
    Parameter("threads", 1, "that one inference may use", 1, 64),
)


class PolicyNode(PolicyLoopNode):
    """The learned policy."""

    def __init__(self, **options: Any) -> None:
        super().__init__("policy", PARAMETERS, **options)

    def load_policy(self) -> Policy:
        """The model, after its contract was compared with the node's."""
        policy = OnnxPolicy(model_path(value(self, "model")), value(self, "threads"))
        if value(self, "contract"):
            policy.contract.require_match(
                Contract.load(value(self, "contract")), str(policy.path), value(self, "contract")
            )
        self.get_logger().info(f"loaded {policy.path}")
        return policy


def main() -> None:
    """Entry point."""
    run(PolicyNode)


if __name__ == "__main__":
    main()
