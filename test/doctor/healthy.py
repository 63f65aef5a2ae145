"""A snapshot of an FR3 on franka_ros2 in which nothing is wrong, for tests to break in one place."""

from dataclasses import replace

from midp_ros.doctor import Endpoint, Expectation, Process, Received, Service, Snapshot
from midp_ros.doctor.expected_topic import BROADCAST, BROADCASTER, JOINT_STATE, POSE, ROBOT_STATE, TRAJECTORY
from midp_ros.doctor.servers import GRIPPER_ACTIONS, SETTINGS
from midp_ros.kinematics import RobotProfile

FR3 = RobotProfile.load("fr3")
ARM, MERGED = "/franka/joint_states", "/joint_states"
STATE, TOOL = f"/{BROADCASTER}/robot_state", f"/{BROADCASTER}/current_pose"
FINGERS = "/franka_gripper/joint_states"
TRAJECTORIES, TARGETS = "/fr3_arm_controller/joint_trajectory", "/joint_follower_controller/joint_targets"
FAST = "010f1234"
HEADER = {"stamp": {"sec": 1_800_000_000, "nanosec": 0}, "frame_id": "fr3_link0"}
READY = FR3.ready_rad.tolist()


def endpoint(node, kind, **changes):
    return Endpoint(node, kind, type_hash=f"RIHS01_{kind}", gid=FAST, **changes)


def joint_state(names, positions):
    return {"header": HEADER, "name": list(names), "position": list(positions)}


def pose(**orientation):
    quaternion = {"x": 1.0, "y": 0.0, "z": 0.0, "w": 0.0, **orientation}
    return {"header": HEADER, "pose": {"position": {"x": 0.3, "y": 0.0, "z": 0.5}, "orientation": quaternion}}


def robot_state(mode=1, *errors, success_rate=1.0):
    flags = {name: name in errors for name in ("joint_reflex", "cartesian_reflex", "power_limit_violation")}
    return {
        "header": HEADER, "robot_mode": mode, "current_errors": flags, "control_command_success_rate": success_rate,
    }  # fmt: skip


def received(kind, rate_hz, sample):
    return Received(f"RIHS01_{kind}", int(3 * rate_hz), rate_hz, 0.001, 0.0005, sample)


def healthy():
    state = {
        ARM: (JOINT_STATE, 1000.0, joint_state(FR3.joint_names, READY)),
        MERGED: (JOINT_STATE, 200.0, joint_state((*FR3.finger_joint_names, *FR3.joint_names), [0.02, 0.02, *READY])),
        FINGERS: (JOINT_STATE, 15.0, joint_state(FR3.finger_joint_names, [0.02, 0.02])),
        STATE: (ROBOT_STATE, 1000.0, robot_state()),
        TOOL: (POSE, 1000.0, pose()),
    }
    for name, kind in BROADCAST.items():
        samples = {JOINT_STATE: joint_state(FR3.joint_names, READY), POSE: pose()}
        state[f"/{BROADCASTER}/{name}"] = (kind, 1000.0, samples.get(kind, {"header": HEADER}))
    actions = {
        **{f"/franka_gripper/{name}": kind for name, kind in GRIPPER_ACTIONS.items()},
        "/action_server/error_recovery": "franka_msgs/action/ErrorRecovery",
        "/fr3_arm_controller/follow_joint_trajectory": "control_msgs/action/FollowJointTrajectory",
    }
    services = {f"{name}/_action/send_goal": Service(f"{kind}_SendGoal", ("/a",)) for name, kind in actions.items()}
    services |= {f"/service_server/{name}": Service("franka_msgs/srv/Any", ("/service_server",)) for name in SETTINGS}
    return Snapshot(
        process=Process("rmw_fastrtps_cpp", "0", "LOCALHOST", "jazzy"),
        nodes=("/controller_manager", "/policy"),
        publishers={
            **{topic: (endpoint("/controller_manager", kind),) for topic, (kind, _, _) in state.items()},
            TOOL: (endpoint("/controller_manager", POSE, reliability="best effort"),),
            TRAJECTORIES: (endpoint("/policy", TRAJECTORY),),
        },
        subscribers={
            TRAJECTORIES: (endpoint("/fr3_arm_controller", TRAJECTORY),),
            TOOL: (endpoint("/policy", POSE, reliability="best effort"),),
        },
        services=services,
        received={topic: received(*kept) for topic, kept in state.items()},
    )


def changed(snapshot, group, keys):
    """The snapshot with some keys of one of its mappings replaced, or removed where the value is None."""
    kept = {**getattr(snapshot, group), **keys}
    return replace(snapshot, **{group: {key: value for key, value in kept.items() if value is not None}})


def hearing(topic, **changes):
    """The healthy snapshot in which a topic was received differently."""
    snapshot = healthy()
    return changed(snapshot, "received", {topic: replace(snapshot.received[topic], **changes)})


EXPECTATION = Expectation(FR3)
