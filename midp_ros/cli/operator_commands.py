"""`midp confirm | stop | resume | recover | home | status | snapshot`: an operator's calls, without `ros2`.

Imports launching, no ROS: the call is made by a node in a process of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Annotated

import typer

from midp_ros.launching import local_discovery

Name = Annotated[str, typer.Option("--node", help="Name of the node that is asked.")]
Namespace = Annotated[str, typer.Option(help="Namespace of that node.")]


def confirm(node: Name = "deployment", namespace: Namespace = "") -> None:
    """Answer the question that a deployment waits with: yes."""
    call("confirm", node, namespace)


def stop(node: Name = "policy", namespace: Namespace = "") -> None:
    """Bring the arm to rest and hold it, until `midp resume`."""
    call("stop", node, namespace)


def resume(node: Name = "policy", namespace: Namespace = "") -> None:
    """Let the policy go on after a stop, from where the arm is."""
    call("resume", node, namespace)


def recover(node: Name = "policy", namespace: Namespace = "") -> None:
    """Recover from a reflex, and go on; first free the arm."""
    call("recover", node, namespace)


def home(node: Name = "deployment", namespace: Namespace = "") -> None:
    """Recover from a reflex where there is one, move around the obstacles to the start pose, and go on from there."""
    call("home", node, namespace)


def status(node: Name = "policy", namespace: Namespace = "") -> None:
    """Print what a policy does, why it holds the arm, and how it goes on. Exit code 0: it runs."""
    call("status", node, namespace)


def snapshot(node: Name = "policy", namespace: Namespace = "") -> None:
    """Let a node write its black box now: its last 30 s, for `midp blackbox`. Also: --node franka_simulation."""
    call("snapshot", node, namespace)


def call(verb: str, node: str, namespace: str, module: str = "operator_node", text: str = "") -> None:
    """Runs the node that asks; ends with its exit code, 0 where the answer is yes, else 1.

    Args:
        text: of a note.
    """
    command = [sys.executable, "-m", f"midp_ros.nodes.{module}", "--ros-args"]
    command += ["-p", f"verb:={verb}", "-p", f"node:='{node}'"]
    if text:
        command += ["-p", f"text:={json.dumps(text)}"]  # YAML reads it as a text whatever it holds
    if namespace.strip("/"):
        command += ["-r", f"__ns:=/{namespace.strip('/')}"]
    environment = {**local_discovery(), **os.environ}
    raise typer.Exit(1 if subprocess.run(command, env=environment).returncode else 0)
