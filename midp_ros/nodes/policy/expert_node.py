"""`expert`: drives a task by its script; imports expert and the policy loop."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from midp_ros.control.loop.commands import Tracker
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.expert import EXPERTS, make_expert
from midp_ros.expert.around_obstacles import AroundObstacles
from midp_ros.kinematics import ArmModel
from midp_ros.nodes.policy.disturbed_expert import DisturbedExpert, DisturbedTracker
from midp_ros.nodes.policy.policy_loop_node import PolicyLoopNode
from midp_ros.nodes.ros.parameters import Parameter, value
from midp_ros.planning import Planner, read_obstacles
from midp_ros.planning.planners import planner_or_none

PARAMETERS = (
    Parameter("task", "pick", "whose expert to run", choices=EXPERTS),
    Parameter("planner", "none", "of the way around obstacles: moveit, builtin, auto, or none: straight"),
    Parameter("obstacles", "", "YAML file of what stands around the arm (docs/planning.md)", is_path=True),
    Parameter("contract", "", "a contract's name or YAML file; empty takes the task's", is_path=True),
    Parameter(
        "disturb_m", 0.0, "largest disturbance of the commanded tool [m]; recorded actions stay undisturbed", 0.0, 0.05
    ),
    Parameter("disturb_deg", 0.0, "largest turn of the commanded tool by which it is disturbed [deg]", 0.0, 30.0),
)


class ExpertNode(PolicyLoopNode):
    """The scripted demonstrator."""

    def __init__(self, **options: Any) -> None:
        self._planner: Planner | None = None
        self._around: AroundObstacles | None = None
        super().__init__("expert", PARAMETERS, **options)

    def load_policy(self) -> Policy:
        """The task's expert under its contract."""
        task = value(self, "task")
        contract = Contract.load(value(self, "contract") or task)
        # A script drives any robot by inverse kinematics.
        expert = make_expert(task, replace(contract, robot=value(self, "robot") or contract.robot))
        model, file = ArmModel(expert.contract.robot), value(self, "obstacles")
        self._planner = planner_or_none(value(self, "planner"), model)
        if self._planner is not None:
            obstacles = read_obstacles(Path(file)) if file else ()
            parts = expert.rule, expert.contract, self._planner, model, obstacles
            expert.rule = self._around = AroundObstacles(*parts, beside=True)
        largest_m, largest_deg = value(self, "disturb_m"), value(self, "disturb_deg")
        self._disturbed = DisturbedExpert(expert, largest_m, largest_deg) if largest_m or largest_deg else None
        return self._disturbed or expert

    def destroy_node(self) -> None:
        """Ends the planner, too."""
        if self._around is not None:
            self._around.close()
        if self._planner is not None:
            self._planner.close()
        super().destroy_node()

    def make_tracker(self, model: ArmModel, contract: Contract) -> Tracker:
        """Follows the expert's tool targets, disturbed where that was asked for."""
        tracker = super().make_tracker(model, contract)
        return DisturbedTracker(tracker, self._disturbed.disturbance) if self._disturbed else tracker
