"""`midp episode`: an operator's calls to the recorder; imports launching, no ROS."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import typer

from midp_ros.cli.operator_commands import call


class Verb(str, Enum):
    """Calls that the recorder answers, and two of this command."""

    start = "start"
    stop = "stop"
    keep = "keep"
    discard = "discard"
    success = "success"
    failure = "failure"
    gripper = "gripper"
    note = "note"
    status = "status"
    keys = "keys"


def episode(
    verb: Annotated[Verb, typer.Argument(help="keys: each key of this terminal is a call, until q.")],
    text: Annotated[str, typer.Argument(help="Of a note.")] = "",
    node: Annotated[str, typer.Option("--node", help="Name of the recorder.")] = "recorder",
    namespace: Annotated[str, typer.Option(help="Namespace of that node.")] = "",
) -> None:
    """Start, stop, keep or discard an episode of a running recorder, label it, or add a note.

    `success` and `failure` also stop and keep the episode under way; afterwards they change the label of the last one.
    `gripper` opens and closes the gripper of an arm that is led by hand.
    """
    call(verb.value, node, namespace, module="episode_call", text=text)
