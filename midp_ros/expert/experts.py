"""Experts by task name, here or in another package; imports core."""

from __future__ import annotations

from midp_ros.core.contract import Contract
from midp_ros.core.seams import EXPERTS, EntryPointError
from midp_ros.expert.scripted import Rule, ScriptedExpert

__all__ = ["EXPERTS", "make_expert", "make_rule"]


def make_expert(task: str, contract: Contract, varied: bool = True) -> ScriptedExpert:
    """The expert of a task; raises as `make_rule`."""
    return ScriptedExpert(contract, make_rule(task), varied)


def make_rule(task: str) -> Rule:
    """What the expert of a task goes by.

    Raises:
        UnknownNameError: lists the known ones.
        EntryPointError: another package's expert fails to import, or is no Rule.
    """
    rule: Rule = EXPERTS.load(task)()
    if missing := [member for member in ("reset", "goal") if not hasattr(rule, member)]:
        raise EntryPointError(f"{EXPERTS.find(task)} lacks {', '.join(missing)}; midp_ros.expert.Rule has all")
    return rule
