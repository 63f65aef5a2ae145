"""Declaring a node's parameters: each with what it is, its range and its choices. Imports rclpy."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.seams.registry import Registry

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", list: "a list"}
BUILT_IN = ("use_sim_time", "start_type_description_service", "qos_overrides")


class ParameterError(MidpError):
    """A parameter's value that is of the wrong type or out of range."""


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    Attributes:
        low, high: inclusive range of a number.
        choices: the allowed values of a string; a registry is asked when the parameter is declared.
        changeable: whether it may be set while the node runs.
        is_path: of a file or folder; `~` at its start is the user's home folder.
    """

    name: str
    default: Any
    description: str
    low: float | None = None
    high: float | None = None
    choices: Collection[str] = ()
    changeable: bool = False
    is_path: bool = False

    def descriptor(self) -> ParameterDescriptor:
        """For rclpy, which checks type and range."""
        text = f"one of {', '.join(self.choices)}" if self.choices else ""
        descriptor = ParameterDescriptor(
            description=self.description, additional_constraints=text, read_only=not self.changeable
        )
        if self.low is not None and self.high is not None:
            if isinstance(self.default, float):
                descriptor.floating_point_range = [FloatingPointRange(from_value=self.low, to_value=self.high)]
            else:
                descriptor.integer_range = [IntegerRange(from_value=int(self.low), to_value=int(self.high))]
        return descriptor


def declare(node: Node, parameters: Sequence[Parameter]) -> None:
    """Declares them all, and refuses what the user set wrongly.

    Raises:
        UnknownNameError: a parameter file names a parameter or a choice that does not exist; lists those that do.
        ParameterError: a value of the wrong type or out of range.
    """
    known = {p.name: p for p in parameters}
    # rclpy keeps what files and the command line set here, and otherwise ignores silently what is not declared.
    for name in node._parameter_overrides:
        if name not in known and not name.startswith(BUILT_IN):
            raise UnknownNameError(f"parameter of {node.get_name()}", name, known)
        if name in known:
            _accept(node, known[name])
    for p in parameters:
        try:
            node.declare_parameter(p.name, p.default, p.descriptor())
        except (InvalidParameterTypeException, InvalidParameterValueException):
            given = node._parameter_overrides[p.name].value
            raise ParameterError(f"parameter {p.name!r} of {node.get_name()} is {given!r}: {_wanted(p)}") from None
        _check_choice(p, node.get_parameter(p.name).value)


def value(node: Node, name: str) -> Any:
    """A declared parameter's present value."""
    return node.get_parameter(name).value


def _wanted(parameter: Parameter) -> str:
    """What a parameter's value has to be, and what it is for."""
    kind = KINDS.get(type(parameter.default), type(parameter.default).__name__)
    low, high = parameter.low, parameter.high
    span = f" from {_number(low)} to {_number(high)}" if low is not None and high is not None else ""
    return f"need {kind}{span} ({parameter.description})"


def _number(value: float) -> str:
    return f"{int(value)}" if value == int(value) else f"{value:g}"


def _accept(node: Node, parameter: Parameter) -> None:
    """`real_time_factor:=2` means 2.0, which rclpy by itself refuses; and a path's `~` is the home folder."""
    given = node._parameter_overrides[parameter.name].value
    if isinstance(parameter.default, float) and type(given) is int:
        node._parameter_overrides[parameter.name] = RosParameter(parameter.name, value=float(given))
    elif parameter.is_path and isinstance(given, str):
        node._parameter_overrides[parameter.name] = RosParameter(parameter.name, value=os.path.expanduser(given))


def _check_choice(parameter: Parameter, chosen: Any) -> None:
    choices = parameter.choices
    if choices and chosen not in choices:
        known = choices.labels() if isinstance(choices, Registry) else choices
        raise UnknownNameError(parameter.name, chosen, known)
