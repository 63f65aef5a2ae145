"""All checks, in the order in which an engineer would make them; imports the checks."""

from __future__ import annotations

from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.finding import Finding
from midp_ros.doctor.inputs import examine_inputs
from midp_ros.doctor.network import examine_network
from midp_ros.doctor.presence import examine_presence
from midp_ros.doctor.robot import examine_robot
from midp_ros.doctor.robot_state import examine_robot_state
from midp_ros.doctor.servers import examine_servers
from midp_ros.doctor.snapshot import Snapshot
from midp_ros.doctor.topics import examine_topic


def diagnose(snapshot: Snapshot, expectation: Expectation) -> list[Finding]:
    """Every row; where the robot is not to be found, only those on the network."""
    rows = examine_network(snapshot)
    if absence := examine_presence(expectation, snapshot):
        return rows + absence
    rows += examine_robot(expectation, snapshot)
    for expected in expectation.topics():
        rows += examine_topic(expected, expectation.profile, snapshot)
    rows += examine_robot_state(expectation, snapshot)
    rows += examine_servers(expectation, snapshot)
    return rows + examine_inputs(expectation, snapshot)
