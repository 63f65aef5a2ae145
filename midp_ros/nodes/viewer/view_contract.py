"""Which observations the page shows: joints, tool, external force, and the poses of a task; imports core.

As a contract, so that they are read, checked and transformed by the code that a policy's are.
"""

from __future__ import annotations

from dataclasses import replace

from midp_ros.core.contract import Contract, Entry

JOINTS = "/joint_states"  # arm and fingers, 30 Hz: an arm's own topics come 1000 times a second
BROADCASTER = "/franka_robot_state_broadcaster"
POSE, POINT = "geometry_msgs/msg/PoseStamped", "geometry_msgs/msg/PointStamped"
OF_ROBOT = ("tool", "joint", "gripper")
FIELDS = {"joint_position": "position", "joint_velocity": "velocity", "joint_torque": "effort"}


def view_contract(contract: Contract, joints: int) -> Contract:
    """The contract of what is shown beside the scene of a skill's contract."""
    state = "sensor_msgs/msg/JointState"
    robot = [
        *(Entry(name, joints, "", topic=JOINTS, type=state, field=field) for name, field in FIELDS.items()),
        Entry("gripper_width", 1, "m", topic=JOINTS, type=state, field="position"),
        *_tool(contract),
        Entry(
            "force", 3, "N", "base", f"{BROADCASTER}/external_wrench_in_base_frame", "geometry_msgs/msg/WrenchStamped",
            "wrench.force",
        ),
    ]  # fmt: skip
    return replace(contract, observation=(*robot, *scene_entries(contract)))


def scene_entries(contract: Contract) -> list[Entry]:
    """Entries of positions and rotations that a task's perception publishes."""
    entries = [e for e in contract.observation if e.type in (POSE, POINT) and e.name.split("_")[0] not in OF_ROBOT]
    return [replace(e, relative_to="") for e in entries if e.name.endswith(("_position", "_rotation"))]


def scene_names(contract: Contract) -> list[str]:
    """Names of the poses that can be drawn: `object`, `goal`."""
    return list(dict.fromkeys(e.name.rpartition("_")[0] for e in scene_entries(contract)))


def _tool(contract: Contract) -> list[Entry]:
    """As the contract reads it, else as franka_ros2 publishes it."""
    given = [e for e in contract.observation if e.name in ("tool_position", "tool_rotation") and e.type == POSE]
    topic = given[0].topic if given else f"{BROADCASTER}/current_pose"
    return [
        Entry("tool_position", 3, "m", "base", topic, POSE, "pose.position"),
        Entry("tool_rotation", 6, "1", "base", topic, POSE, "pose.orientation"),
    ]
