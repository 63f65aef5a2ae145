"""The arm's prefix by its namespace, where it is not given; imports nothing of ROS."""

from __future__ import annotations

from dataclasses import replace

from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.expected_topic import ARM_STATE
from midp_ros.doctor.snapshot import Snapshot


def with_prefix_of_namespace(expectation: Expectation, snapshot: Snapshot) -> Expectation:
    """The expectation with the namespace's last part as the arm's prefix, where the joints of that namespace have it.

    Two arms usually differ in both, as `left` and `left_fr3_joint1`. Any other prefix has to be given.
    """
    name = expectation.namespace.strip("/").rpartition("/")[2]
    received = snapshot.received.get(expectation.resolve(ARM_STATE))
    if not name or expectation.arm_prefix or received is None:
        return expectation
    prefixed = replace(expectation, arm_prefix=name)
    joints = received.sample.get("name", ())
    return prefixed if set(prefixed.names.joint_names) <= set(joints) else expectation
