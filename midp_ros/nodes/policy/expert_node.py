"""`expert`: drives a task by its script; imports expert and the policy loop."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.expert import EXPERTS, make_expert
from midp_ros.nodes.policy.policy_loop_node import PolicyLoopNode
from midp_ros.nodes.ros.parameters import Parameter, value

PARAMETERS = (
    Parameter("task", "pick", "whose expert to run", choices=EXPERTS),
    Parameter("contract", "", "a contract's name or YAML file; empty takes the task's", is_path=True),
)


class ExpertNode(PolicyLoopNode):
    """The scripted demonstrator."""

    def __init__(self, **options: Any) -> None:
        super().__init__("expert", PARAMETERS, **options)

    def load_policy(self) -> Policy:
        """The task's expert under its contract."""
        task = value(self, "task")
        contract = Contract.load(value(self, "contract") or task)
        # A script drives any robot by inverse kinematics.
        return make_expert(task, replace(contract, robot=value(self, "robot") or contract.robot))
