"""MoveItPy's process: one request a line in, one answer a line out, each JSON. Imports moveit_py and rclpy alone.

Runs under the Python of the ROS 2 installation, without the rest of midp_ros, and ends with its input. MoveItPy's
destructor shuts rclcpp down, so that it cannot live beside another node.

    python3 moveit_process.py PARAMETERS.json
    {"start_rad", "goal_rad", "obstacles", "allowed", "time_limit_s"} -> {"way_rad"} or {"problem"}
    {"world": true}                                                   -> {"obstacles", "unknown"}
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ANSWERS = os.fdopen(os.dup(1), "w")  # before whatever else prints there
os.dup2(2, 1)

import rclpy  # noqa: E402
from geometry_msgs.msg import Pose  # noqa: E402
from moveit.core.robot_state import RobotState  # noqa: E402
from moveit.planning import MoveItPy, PlanRequestParameters  # noqa: E402
from moveit_msgs.msg import CollisionObject  # noqa: E402
from shape_msgs.msg import SolidPrimitive  # noqa: E402

GROUP, OWN = "arm", "midp/"  # start of the names of the request's obstacles
BOX, SPHERE, CYLINDER = SolidPrimitive.BOX, SolidPrimitive.SPHERE, SolidPrimitive.CYLINDER


class Planning:
    """MoveIt with one robot."""

    def __init__(self, parameters: dict[str, Any]):
        self._moveit = MoveItPy(node_name="midp_moveit", config_dict=parameters)
        self._monitor = self._moveit.get_planning_scene_monitor()
        self._arm = self._moveit.get_planning_component(GROUP)
        self._model = self._moveit.get_robot_model()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request."""
        return self._world() if request.get("world") else self._plan(request)

    def close(self) -> None:
        """Ends MoveIt, and rclcpp with it."""
        self._moveit.shutdown()

    def _plan(self, request: dict[str, Any]) -> dict[str, Any]:
        self._place(request["obstacles"], request["allowed"])
        start, goal = self._state(request["start_rad"]), self._state(request["goal_rad"])
        if problem := self._problem("start", start) or self._problem("goal", goal):
            return {"problem": problem, "blocked": True}
        self._arm.set_start_state(robot_state=start)
        self._arm.set_goal_state(robot_state=goal)
        chosen = PlanRequestParameters(self._moveit, "")
        chosen.planning_time = float(request["time_limit_s"])
        found = self._arm.plan(single_plan_parameters=chosen)
        if not found:
            return {"problem": f"MoveIt found no way in {request['time_limit_s']:g} s"}
        points = found.trajectory.get_robot_trajectory_msg().joint_trajectory.points
        return {"way_rad": [list(point.positions) for point in points]}

    def _place(self, obstacles: list[dict[str, Any]], allowed: list[tuple[str, str]]) -> None:
        """Replaces the obstacles of the request before; what /planning_scene has brought stays."""
        with self._monitor.read_write() as scene:
            for known in scene.planning_scene_message.world.collision_objects:
                if known.id.startswith(OWN):
                    known.operation = CollisionObject.REMOVE
                    scene.apply_collision_object(known)
            for obstacle in obstacles:
                scene.apply_collision_object(collision_object(obstacle, scene.planning_frame))
            for obstacle_name, link in allowed:
                scene.allowed_collision_matrix.set_entry(OWN + obstacle_name, link, True)
            scene.current_state.update()

    def _world(self) -> dict[str, Any]:
        """What /planning_scene has brought: boxes, spheres and cylinders, and the names of what is none of these."""
        with self._monitor.read_only() as scene:
            objects = scene.planning_scene_message.world.collision_objects
        found, unknown = [], []
        for each in objects:
            if each.id.startswith(OWN):
                continue
            if each.meshes or each.planes or any(p.type not in (BOX, SPHERE, CYLINDER) for p in each.primitives):
                unknown.append(each.id)
            for number, (primitive, pose) in enumerate(zip(each.primitives, each.primitive_poses)):  # noqa: B905
                if primitive.type in (BOX, SPHERE, CYLINDER):
                    found.append(plain(each, number, primitive, pose))
        return {"obstacles": found, "unknown": unknown}

    def _state(self, position_rad: list[float]) -> Any:
        state = RobotState(self._model)
        state.set_to_default_values()
        state.set_joint_group_positions(GROUP, position_rad)
        state.update()
        return state

    def _problem(self, what: str, state: Any) -> str:
        with self._monitor.read_only() as scene:
            colliding = scene.is_state_colliding(state, GROUP, False)
        return f"MoveIt finds the {what} in collision" if colliding else ""


def collision_object(obstacle: dict[str, Any], frame: str) -> CollisionObject:
    """An obstacle as MoveIt has it."""
    size = obstacle["size_m"]
    kind, dimensions = {
        "box": lambda: (BOX, size),
        "sphere": lambda: (SPHERE, size),
        "cylinder": lambda: (CYLINDER, [size[1], size[0]]),
    }[obstacle["shape"]]()
    added = CollisionObject(id=OWN + obstacle["name"], operation=CollisionObject.ADD)
    added.header.frame_id = frame
    added.primitives = [SolidPrimitive(type=kind, dimensions=[float(value) for value in dimensions])]
    pose = Pose()
    pose.position.x, pose.position.y, pose.position.z = obstacle["position_m"]
    pose.orientation.x, pose.orientation.y, pose.orientation.z, pose.orientation.w = obstacle["quaternion"]
    added.primitive_poses = [pose]
    added.pose.orientation.w = 1.0
    return added


def plain(known: CollisionObject, number: int, primitive: SolidPrimitive, pose: Pose) -> dict[str, Any]:
    """A part of a collision object as a request has obstacles; its pose is in that of the object."""
    shape = {BOX: "box", SPHERE: "sphere", CYLINDER: "cylinder"}[primitive.type]
    size = list(primitive.dimensions)
    outer, inner = known.pose, pose
    x, y, z = rotated(outer.orientation, (inner.position.x, inner.position.y, inner.position.z))
    return {
        "name": known.id if len(known.primitives) == 1 else f"{known.id}_{number + 1}",
        "shape": shape,
        "size_m": [size[1], size[0]] if shape == "cylinder" else size,
        "position_m": [outer.position.x + x, outer.position.y + y, outer.position.z + z],
        "quaternion": product(outer.orientation, inner.orientation),
    }


def product(one: Any, other: Any) -> list[float]:
    """The quaternion (x, y, z, w) of one rotation after another."""
    a, b = (one.x, one.y, one.z, one.w), (other.x, other.y, other.z, other.w)
    return [
        a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1],
        a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0],
        a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3],
        a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2],
    ]


def rotated(q: Any, v: tuple[float, float, float]) -> tuple[float, float, float]:
    """A vector turned by a quaternion."""
    t = [
        2 * (q.y * v[2] - q.z * v[1]),
        2 * (q.z * v[0] - q.x * v[2]),
        2 * (q.x * v[1] - q.y * v[0]),
    ]
    return (
        v[0] + q.w * t[0] + q.y * t[2] - q.z * t[1],
        v[1] + q.w * t[1] + q.z * t[0] - q.x * t[2],
        v[2] + q.w * t[2] + q.x * t[1] - q.y * t[0],
    )


def answer(values: dict[str, Any]) -> None:
    """Writes one line."""
    ANSWERS.write(json.dumps(values) + "\n")
    ANSWERS.flush()


def main() -> None:
    """Until the input ends."""
    parameters = json.loads(Path(sys.argv[1]).read_text())
    rclpy.init()
    planning = Planning(parameters)
    answer({"ready": True})
    for line in sys.stdin:
        try:
            answer(planning.answer(json.loads(line)))
        except Exception as error:  # one request that fails must not end the process
            answer({"problem": f"MoveIt failed: {type(error).__name__}: {error}"})
    planning.close()
    ANSWERS.flush()
    os._exit(0)  # destructors that shut rclcpp down once more


if __name__ == "__main__":
    main()
