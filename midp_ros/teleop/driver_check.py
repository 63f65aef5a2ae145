"""The loop's collision check by who drives: a person's motions keep further away than a learned policy's.

Imports core.

The person's reach (teleop.reach) ends a little earlier, at the tool poses that are asked for. This check judges the
motion that is sent: shaping and the ends of the joints' ranges lead it elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.protocols import Policy
from midp_ros.teleop.reach import CHECK_FURTHER_M
from midp_ros.teleop.take_over import POLICY, TakeOver

# Raises for a motion that must not be sent.
Check = Callable[[JointTrajectory], None]


def check_of_driver(policy: Policy | None, make: Callable[[float], Check]) -> Check:
    """The check for teleoperation, alone or over a learned policy.

    Args:
        policy: None where the person drives alone.
        make: from what every least distance is larger by [m] to a check.
    """
    person = make(CHECK_FURTHER_M)
    if not isinstance(policy, TakeOver):
        return person
    learned = make(0.0)

    def check(motion: JointTrajectory) -> None:
        (learned if policy.driver == POLICY else person)(motion)

    return check
