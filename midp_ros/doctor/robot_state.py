"""Checks of the robot's mode and errors; imports nothing of ROS."""

from __future__ import annotations

from typing import Any

from midp_ros.core.robot_mode import COMMANDABLE, MODES, RobotMode
from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.expected_topic import BROADCASTER
from midp_ros.doctor.finding import Finding, Status
from midp_ros.doctor.snapshot import Snapshot

RECOVER = 'ros2 action send_goal {name} franka_msgs/action/ErrorRecovery "{{}}"'
REMEDIES = {
    "GUIDING": "the arm is being guided by hand: release the button, then wait for IDLE",
    "USER_STOPPED": "release the user stop (the enabling device), then recover: {recover}",
    "REFLEX": "see that nothing is in the way, then recover: {recover}",
    "OTHER": "unlock the joints and activate FCI in Desk",
    "AUTOMATIC_ERROR_RECOVERY": "wait until it is over",
}
STOPPED = ("REFLEX", "USER_STOPPED")
GOOD_SUCCESS_RATE = 0.95


def examine_robot_state(expectation: Expectation, snapshot: Snapshot) -> list[Finding]:
    """Rows on mode, errors and the control link; none where no state was received."""
    received = snapshot.received.get(expectation.resolve(f"{BROADCASTER}/robot_state"))
    if received is None or "robot_mode" not in received.sample:
        return []
    recover = RECOVER.format(name=expectation.resolve("action_server/error_recovery"))
    return [_mode(received.sample, recover), _errors(received.sample, recover), *_link(received.sample)]


def _mode(sample: dict[str, Any], recover: str) -> Finding:
    number = sample["robot_mode"]
    mode = MODES[number] if number < len(MODES) else str(number)
    if mode in COMMANDABLE:
        return Finding("arm", "mode", Status.OK, mode, " or ".join(COMMANDABLE))
    remedy = REMEDIES.get(mode, "unknown to franka_msgs: update it").format(recover=recover)
    status = Status.FAILED if mode in STOPPED else Status.WARNING
    return Finding("arm", "mode", status, mode, " or ".join(COMMANDABLE), remedy)


def _errors(sample: dict[str, Any], recover: str) -> Finding:
    errors = [name for name, present in sample["current_errors"].items() if present]
    if not errors:
        return Finding("arm", "errors", Status.OK, "no errors", "none")
    return Finding(
        "arm", "errors", Status.FAILED, ", ".join(errors), "none", f"put the cause right, then recover: {recover}"
    )


def _link(sample: dict[str, Any]) -> list[Finding]:
    rate = sample["control_command_success_rate"]
    if sample["robot_mode"] != RobotMode.MOVE or rate >= GOOD_SUCCESS_RATE:
        return []
    remedy = "use a real-time kernel, a cable without a switch, and no power saving on the robot's machine"
    found = f"{100 * rate:.0f} % of the control commands arrive"
    return [Finding("arm", "link", Status.WARNING, found, f"{100 * GOOD_SUCCESS_RATE:.0f} %", remedy)]
