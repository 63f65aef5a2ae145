"""Experts by task name; imports core."""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.expert.pick import PickRule
from midp_ros.expert.push import PushRule
from midp_ros.expert.reach import ReachRule
from midp_ros.expert.scripted import Rule, ScriptedExpert
from midp_ros.expert.trace import TraceRule

EXPERTS: dict[str, Callable[[], Rule]] = {"pick": PickRule, "push": PushRule, "reach": ReachRule, "trace": TraceRule}


def make_expert(task: str, contract: Contract, varied: bool = True) -> ScriptedExpert:
    """The expert of a task; raises UnknownNameError that lists the known ones."""
    if task not in EXPERTS:
        raise UnknownNameError("expert", task, EXPERTS)
    return ScriptedExpert(contract, EXPERTS[task](), varied)
