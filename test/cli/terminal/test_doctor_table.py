"""The doctor's report on a terminal of a given width."""

from io import StringIO

import pytest
from rich.console import Console

from midp_ros.cli.terminal.doctor_table import print_report
from midp_ros.doctor import Finding, Status

TOPIC = "/franka_robot_state_broadcaster/external_wrench_in_stiffness_frame"
ROWS = [
    Finding(TOPIC, "type", Status.OK, "WrenchStamped"),
    Finding("gripper", "actions", Status.OK, "/franka_gripper"),
    Finding(TOPIC, "rate", Status.WARNING, "3.0 Hz", "at least 10 Hz", "raise the publisher's rate"),
    Finding("arm", "mode", Status.FAILED, "REFLEX", "IDLE or MOVE", "recover [/action_server/error_recovery]"),
    Finding(TOPIC, "qos", Status.OK, "best effort"),
]


def printed(rows, width):
    console = Console(file=StringIO(), width=width)
    print_report(rows, console)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 100])
def test_every_subject_is_one_line_and_every_problem_says_what_to_do(width):
    lines = printed(ROWS, width)
    assert max(map(len, lines)) <= width
    text = "".join(line.strip(" │") + " " for line in lines)
    assert f"ok      │ {TOPIC}" in text and "WrenchStamped, best effort" in text
    assert "/franka_gripper" in text and text.index(TOPIC) < text.index("/franka_gripper")
    assert "3.0 Hz (expected: at least 10 Hz)" in text and "-> raise the publisher's rate" in text
    assert "-> recover [/action_server/error_recovery]" in text
    assert lines[-1] == "something must be put right (3 ok, 1 warning, 1 failed; 5 checks in 4 rows)"


def test_the_last_line_tells_the_result():
    assert printed(ROWS[:2], 80)[-1] == "all is well (2 ok, 0 warning, 0 failed)"
    assert printed(ROWS[:3], 80)[-1] == "usable, with warnings (2 ok, 1 warning, 0 failed)"
    nothing = Finding("robot", "presence", Status.FAILED, "no node at all", "an arm", "start one")
    assert printed([nothing], 80)[-1].startswith("no robot found")
