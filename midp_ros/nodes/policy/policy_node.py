"""`policy`: runs an exported policy; imports control, inference and the policy loop."""

from __future__ import annotations

from typing import Any

from midp_ros.control.chunks.chunk_hand_over import chosen_handover
from midp_ros.core.contract import Contract
from midp_ros.core.package_files import model_path
from midp_ros.core.protocols import Policy
from midp_ros.inference.delayed_policy import DelayedPolicy
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.inference.providers import CHOICES
from midp_ros.nodes.policy.policy_loop_node import PolicyLoopNode
from midp_ros.nodes.ros.parameters import Parameter, value

PARAMETERS = (
    Parameter("model", "pick", "an ONNX file, or the name of one in models/", is_path=True),
    Parameter("contract", "", "contract file that the model must match; empty trusts the model's own", is_path=True),
    Parameter("provider", "auto", "that runs the model; auto: the best that opens", choices=CHOICES),
    Parameter("threads", 1, "that one inference may use", 1, 64),
    Parameter("inference_delay_s", 0.0, "added to each inference, for trials [s]", 0.0, 5.0),
)


class PolicyNode(PolicyLoopNode):
    """The learned policy."""

    def __init__(self, **options: Any) -> None:
        super().__init__("policy", PARAMETERS, **options)

    def load_policy(self) -> Policy:
        """The model, after its contract was compared with the node's, and after it has run once."""
        policy = OnnxPolicy(model_path(value(self, "model")), value(self, "threads"), value(self, "provider"))
        if value(self, "contract"):
            policy.contract.require_match(
                Contract.load(value(self, "contract")), str(policy.path), value(self, "contract")
            )
        policy.warm_up()
        handover = chosen_handover(policy, value(self, "handover"))
        self.get_logger().info(
            f"loaded {policy.path}: {policy.provider}, threads: {policy.threads}, hand-over: {handover}"
        )
        delay_s = value(self, "inference_delay_s")
        return DelayedPolicy(policy, delay_s) if delay_s else policy
