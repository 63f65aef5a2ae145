"""A session of franky, unmodified, against the address given: one line of JSON about each step; see test_franky.py.

It cannot share a process with pylibfranka: both register libfranka's types.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import franky
import numpy as np


def main(host: str) -> None:
    """Every kind of motion, reactions, a reflex and its recovery, settings and the gripper."""
    robot = franky.Robot(host, realtime_config=franky.RealtimeConfig.Ignore)
    robot.relative_dynamics_factor = 0.1

    def step(name: str, action: Callable[[], Any]) -> None:
        try:
            value, error = action(), None
        except Exception as e:
            value, error = None, f"{type(e).__name__}: {e}"
        state = robot.state
        line = {"step": name, "error": error, "value": value, "q": state.q.tolist(), "x": tool(robot)}
        print(json.dumps({**line, "errors": robot.has_errors}), flush=True)

    q0 = np.array(robot.state.q)
    relative, absolute = franky.ReferenceType.Relative, franky.ReferenceType.Absolute
    step("start", lambda: None)
    step("joint", lambda: robot.move(franky.JointMotion((q0 + 0.05).tolist())))
    waypoints = [franky.JointWaypoint(q0.tolist()), franky.JointWaypoint((q0 + 0.03).tolist())]
    step("waypoints", lambda: robot.move(franky.JointWaypointMotion(waypoints)))
    step("cartesian", lambda: robot.move(franky.CartesianMotion(franky.Affine([0.03, 0.02, 0.0]), relative)))
    speeds = franky.JointVelocityMotion([0.1] * 7, duration=franky.Duration(200))
    step("joint velocity", lambda: robot.move(speeds))
    twist = franky.Twist([0.03, 0, 0], [0, 0, 0.05])
    step("twist", lambda: robot.move(franky.CartesianVelocityMotion(twist, duration=franky.Duration(200))))
    step("stop", lambda: robot.move(franky.JointStopMotion()))
    goal = franky.Affine(robot.current_cartesian_state.pose.end_effector_pose.matrix)
    step("impedance", lambda: robot.move(franky.CartesianImpedanceMotion(goal, target_type=absolute), True))
    step("torque stop", lambda: robot.move(franky.TorqueStopMotion()))

    far = franky.CartesianMotion(franky.Affine([0.0, 0.2, 0.0]), relative)
    far.add_reaction(franky.Reaction(franky.Measure.REL_TIME > 0.3, franky.CartesianStopMotion()))
    step("reaction", lambda: robot.move(far))

    robot.relative_dynamics_factor = 0.9
    step("too fast", lambda: robot.move(franky.CartesianMotion(franky.Affine([0.15, 0.0, 0.1]), relative)))
    step("recover", lambda: robot.recover_from_errors())
    robot.relative_dynamics_factor = 0.1
    step("joint again", lambda: robot.move(franky.JointMotion(q0.tolist())))
    step("load", lambda: robot.set_load(0.1, [0, 0, 0.05], [0.0] * 9))

    gripper = franky.Gripper(host)
    step("gripper", lambda: [gripper.move(0.04, 0.1), gripper.width])
    step("grasp", lambda: [gripper.grasp(0.0, 0.1, 20.0, epsilon_outer=0.005), gripper.is_grasped])


def tool(robot: franky.Robot) -> list[float]:
    """The end effector's position."""
    translation: list[float] = robot.state.O_T_EE.translation.tolist()
    return translation


if __name__ == "__main__":
    main(sys.argv[1])
