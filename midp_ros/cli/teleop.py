"""`midp teleop`: a person drives the arm of a running graph, from this terminal; imports launching, no ROS.

The node takes this process's place: so it has the terminal, and Ctrl-C is its own.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from midp_ros.core.errors import UnknownNameError
from midp_ros.launching import local_discovery


def teleop(
    device: Annotated[
        str, typer.Option(help="Devices: names that `midp list devices` shows, with commas between.")
    ] = "keyboard",
    task: Annotated[str, typer.Option(help="Task whose contract names what is observed and recorded.")] = "pick",
    robot: Annotated[str, typer.Option(help="Robot profile: a name or a YAML file; by default the contract's.")] = "",
    scale: Annotated[float, typer.Option(min=0.05, max=1.0, help="Share of the largest speeds at the start.")] = 0.5,
    model: Annotated[
        str, typer.Option(help="Policy that drives until the person takes over: an ONNX file or a name in models/.")
    ] = "",
    strategy: Annotated[
        str, typer.Option(help="What is recorded while it drives: base, episodic, dagger or sentry.")
    ] = "base",
    namespace: Annotated[str, typer.Option(help="Of the robot.")] = "",
    output: Annotated[str, typer.Option(help="How the arm is commanded: trajectory or stream.")] = "trajectory",
    parameter: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help="Another one of config/teleop.yaml, name:=value.")
    ] = None,
) -> None:
    """Drive the arm by keyboard, gamepad, SpaceMouse, phone or any topic, or take over from a policy.

    The keyboard's keys are shown on the screen.

    `midp launch sim policy:=false` starts a simulated arm for it.
    """
    from midp_ros.core.seams import DEVICES

    names = [name.strip() for name in device.split(",")]
    for name in names:
        if name not in DEVICES:
            raise UnknownNameError("device", name, DEVICES.labels())
    given = {"devices": ",".join(names), "task": task, "scale": str(scale), "output": output}
    given |= {name: text for name, text in (("robot", robot), ("model", model)) if text}
    given |= {"strategy": strategy} if model else {}
    settings = [f"{name}:={value}" for name, value in given.items()] + list(parameter or [])
    command = [sys.executable, "-m", "midp_ros.nodes.teleop_node", "--ros-args"]
    command += [part for setting in settings for part in ("-p", setting)]
    if namespace.strip("/"):
        command += ["-r", f"__ns:=/{namespace.strip('/')}"]
    os.execve(sys.executable, command, {**local_discovery(), **os.environ})
