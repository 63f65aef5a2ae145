"""What is wrong with a robot's ROS graph, and what to do about it; imports core and kinematics, never ROS.

    expectation = Expectation(RobotProfile.load("fr3"))
    rows = diagnose(snapshot, expectation)

A node takes the snapshot (midp_ros/nodes/doctor), the checks here judge it, and `midp doctor` prints the rows.
"""

from midp_ros.doctor.arm_naming import with_prefix_of_namespace
from midp_ros.doctor.diagnosis import diagnose
from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.finding import Finding, Result, Status, result, summary
from midp_ros.doctor.snapshot import Endpoint, Process, Received, Service, Snapshot
from midp_ros.doctor.topic_rate import TopicRate

__all__ = [
    "Endpoint",
    "Expectation",
    "Received",
    "Process",
    "Result",
    "Finding",
    "Service",
    "Snapshot",
    "Status",
    "TopicRate",
    "diagnose",
    "result",
    "summary",
    "with_prefix_of_namespace",
]
