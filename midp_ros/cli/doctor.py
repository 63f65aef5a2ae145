"""`midp doctor`: looks at a running graph and says what is wrong and what to do; imports doctor, never ROS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from midp_ros.core.contract import Contract


def doctor(
    robot: Annotated[str, typer.Option(help="Robot profile: a name or a file; by default the contract's.")] = "",
    namespace: Annotated[str, typer.Option(help="Namespace of the robot's nodes.")] = "",
    robot_type: Annotated[str, typer.Option(help="Start of the joints' names, e.g. fr3v2; by default ROBOT.")] = "",
    arm_prefix: Annotated[str, typer.Option(help="Before the robot type; by default NAMESPACE, if so named.")] = "",
    gripper: Annotated[str, typer.Option(help="Namespace of the gripper.")] = "franka_gripper",
    arm_controller: Annotated[str, typer.Option(help="By default ROBOT_TYPE_arm_controller.")] = "",
    stream_topic: Annotated[
        str, typer.Option(help="Input of the joint follower.")
    ] = "joint_follower_controller/joint_targets",
    contract: Annotated[str, typer.Option(help="Check what this contract needs: a file, or a name, e.g. pick.")] = "",
    model: Annotated[str, typer.Option(help="Check what this model needs: a file, or a name in models/.")] = "",
    seconds: Annotated[float, typer.Option(min=0.5, max=600.0, help="How long to listen.")] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of the table.")] = False,
) -> None:
    """Check a running robot or simulation: topics, rates, names, clocks, controllers, gripper, middleware.

    It only listens. Exit code 0: fine, or warnings only; 1: something failed; 2: no robot found.
    """
    from midp_ros.cli.terminal.console import plain_console
    from midp_ros.cli.terminal.doctor_table import print_report
    from midp_ros.cli.terminal.progress import waiting_bar
    from midp_ros.doctor import Expectation, diagnose, result, summary, with_prefix_of_namespace
    from midp_ros.doctor.live_snapshot import take_snapshot
    from midp_ros.kinematics import RobotProfile

    skill = load_contract(contract, model)
    profile = RobotProfile.load(robot or (skill.robot if skill else "fr3"))
    expectation = Expectation(profile, namespace, robot_type, arm_prefix, gripper, arm_controller, stream_topic, skill)
    with waiting_bar("listening to the graph") as progress:
        snapshot = take_snapshot(expectation.listened_topics(), seconds, progress)
    rows = diagnose(snapshot, with_prefix_of_namespace(expectation, snapshot))
    if as_json:
        print(json.dumps({"summary": summary(rows), "rows": [row.to_dict() for row in rows]}, indent=1))
    else:
        print_report(rows, plain_console())
    raise typer.Exit(result(rows).exit_code)


def load_contract(contract: str, model: str) -> Contract | None:
    """What the graph must serve; None where neither is named."""
    from midp_ros.core.contract import Contract
    from midp_ros.core.package_files import model_path
    from midp_ros.doctor.live_snapshot import DoctorError
    from midp_ros.inference.onnx_policy import OnnxPolicy

    if contract and model:
        raise DoctorError("a model brings its own contract: name either --contract or --model")
    if model:
        return OnnxPolicy(model_path(model)).contract
    if contract:
        return Contract.load(contract)
    return None
