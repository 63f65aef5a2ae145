"""Checks of actions and services: gripper, recovery, settings; imports nothing of ROS."""

from __future__ import annotations

from midp_ros.doctor.expectation import Expectation
from midp_ros.doctor.expected_topic import BROADCAST, BROADCASTER
from midp_ros.doctor.finding import Finding, Status
from midp_ros.doctor.snapshot import Snapshot

GRIPPER_ACTIONS = {name: f"franka_msgs/action/{name.capitalize()}" for name in ("homing", "move", "grasp")}
SETTINGS = (
    "set_joint_stiffness",
    "set_cartesian_stiffness",
    "set_tcp_frame",
    "set_stiffness_frame",
    "set_load",
    "set_force_torque_collision_behavior",
    "set_full_collision_behavior",
)


def examine_servers(expectation: Expectation, snapshot: Snapshot) -> list[Finding]:
    """Rows on the gripper's and the arm's actions, on the services, and on the broadcaster's topics."""
    return [
        _gripper(expectation, snapshot),
        _action(expectation, snapshot, "action_server/error_recovery", "franka_msgs/action/ErrorRecovery",
                "without it a reflex ends the session: start franka_bringup's action server"),
        _action(expectation, snapshot, f"{expectation.trajectory_topic.rsplit('/', 1)[0]}/follow_joint_trajectory",
                "control_msgs/action/FollowJointTrajectory",
                "MoveIt needs it: load and activate a joint_trajectory_controller of that name"),
        _settings(expectation, snapshot),
        *_broadcast(expectation, snapshot),
    ]  # fmt: skip


def _gripper(expectation: Expectation, snapshot: Snapshot) -> Finding:
    wanted, actions = expectation.gripper_namespace, snapshot.actions
    expected = f"{wanted}/{{{', '.join(GRIPPER_ACTIONS)}}}"
    found = sorted(name.rsplit("/", 1)[0] for name, kind in actions.items() if kind == GRIPPER_ACTIONS["move"])
    absent = [name for name, kind in GRIPPER_ACTIONS.items() if actions.get(f"{wanted}/{name}") != kind]
    if not absent:
        return Finding("gripper", "actions", Status.OK, wanted, expected)
    if wanted not in found and found:
        remedy = f"start the policy with gripper:={found[0]}, and ask again with --gripper {found[0]}"
        return Finding("gripper", "actions", Status.FAILED, f"a gripper at {', '.join(found)}", expected, remedy)
    status = Status.FAILED if expectation.needs_gripper else Status.WARNING
    remedy = "start franka_bringup with load_gripper:=true; Franka's fake hardware has no gripper actions"
    return Finding("gripper", "actions", status, f"no {', no '.join(absent)} at {wanted}", expected, remedy)


def _action(expectation: Expectation, snapshot: Snapshot, name: str, kind: str, remedy: str) -> Finding:
    name = expectation.resolve(name)
    found = snapshot.actions.get(name)
    if found == kind:
        return Finding(name, "action", Status.OK, kind, kind)
    return Finding(name, "action", Status.WARNING, found or "no such action", kind, remedy)


def _settings(expectation: Expectation, snapshot: Snapshot) -> Finding:
    base = expectation.resolve("service_server")
    absent = [name for name in SETTINGS if f"{base}/{name}" not in snapshot.services]
    if not absent:
        return Finding(base, "services", Status.OK, f"all {len(SETTINGS)}", f"{len(SETTINGS)} services")
    found = f"no {', no '.join(absent)}" if len(absent) < len(SETTINGS) else "no services"
    remedy = "load and thresholds cannot be set: start franka_bringup's service server"
    return Finding(base, "services", Status.WARNING, found, f"{len(SETTINGS)} services", remedy)


def _broadcast(expectation: Expectation, snapshot: Snapshot) -> list[Finding]:
    base = expectation.resolve(BROADCASTER)
    if not snapshot.publishers.get(f"{base}/robot_state"):
        return []  # reported already: there is no broadcaster
    absent = [name for name in BROADCAST if not snapshot.publishers.get(f"{base}/{name}")]
    expected = f"{len(BROADCAST)} topics beside robot_state and current_pose"
    if not absent:
        return [Finding(base, "topics", Status.OK, f"all {expected}", expected)]
    remedy = "update franka_ros2 (v2.5, v3.4), or do without them"
    return [Finding(base, "topics", Status.WARNING, f"no {', no '.join(absent)}", expected, remedy)]
