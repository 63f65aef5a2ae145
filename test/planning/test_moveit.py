"""MoveIt's process: its scene, its configuration, and what is said where it is missing."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
import yaml

from midp_ros.core.package_files import package_path
from midp_ros.kinematics import ArmModel, RobotProfile
from midp_ros.planning import NoMotionError, Obstacle, PlannerMissingError, PlanRequest, make_planner
from midp_ros.planning.bodies import Bodies
from midp_ros.planning.moveit import process
from midp_ros.planning.moveit.description import solid_description
from midp_ros.simulation.mesh_scene import MeshScene

MODEL = ArmModel("fr3")
LEFT, RIGHT = MODEL.profile.ready_rad.copy(), MODEL.profile.ready_rad.copy()
LEFT[0], RIGHT[0] = 0.9, -0.9
WALL = Obstacle("wall", "box", [0.2, 0.1, 0.7], [0.45, 0.0, 0.35])
installed = pytest.mark.skipif(process.setup_file() is None, reason="MoveIt is not installed")

PUBLISHER = """
import sys, time, rclpy
from geometry_msgs.msg import Pose
from moveit_msgs.msg import CollisionObject, PlanningScene
from shape_msgs.msg import SolidPrimitive
rclpy.init()
node = rclpy.create_node("scene")
publisher = node.create_publisher(PlanningScene, "/planning_scene", 1)
box = CollisionObject(id="wall", operation=CollisionObject.ADD)
box.header.frame_id = "fr3_link0"
box.primitives = [SolidPrimitive(type=SolidPrimitive.BOX, dimensions=[0.2, 0.1, 0.7])]
box.pose.position.x, box.pose.position.z, box.pose.orientation.w = 0.45, 0.35, 1.0
inner = Pose()
inner.orientation.w = 1.0
box.primitive_poses = [inner]
scene = PlanningScene(is_diff=True)
scene.world.collision_objects = [box]
while True:
    publisher.publish(scene)
    time.sleep(0.2)
"""


@pytest.fixture
def published_wall():
    """A node of another process that publishes a wall on /planning_scene."""
    environment = {name: text for name, text in os.environ.items() if name.startswith(process.INHERITED)}
    command = ["bash", "-c", '. "$0" && exec "$@"', str(process.setup_file()), process.PYTHON, "-c", PUBLISHER]
    node = subprocess.Popen(command, env={**environment, "PATH": "/usr/bin:/bin"})
    yield
    node.kill()
    node.wait()


@installed
@pytest.mark.processes
def test_what_is_on_planning_scene_is_in_the_way(published_wall):
    planner = make_planner("moveit", MODEL)
    try:
        for _ in range(40):  # until it has arrived
            motion = planner.plan(PlanRequest(LEFT, RIGHT))
            if planner._published(planner._process, PlanRequest(LEFT, RIGHT)):
                break
        motion = planner.plan(PlanRequest(LEFT, RIGHT))
        with pytest.raises(NoMotionError, match="goal is in collision: .*box 'wall'"):
            planner.plan(PlanRequest(LEFT, MODEL.profile.ready_rad))
    finally:
        planner.close()
    meshes = MeshScene(MODEL.profile, (WALL,))
    distances_m = [meshes.nearest(q, 0.5).distance_m for q in motion.sample(np.arange(0, motion.time_s[-1], 0.005))[0]]
    meshes.close()
    assert min(distances_m) > 0.005


@installed
@pytest.mark.processes
@pytest.mark.parametrize("gone", [True, False], ids=["before it is asked", "while it is asked"])
def test_a_process_that_dies_is_an_error_with_its_last_words(gone):
    planner = make_planner("moveit", MODEL)
    try:
        planner.plan(PlanRequest(LEFT, RIGHT))
        planner._process._process.kill()
        if gone:
            planner._process._process.wait()
        with pytest.raises(NoMotionError, match="MoveIt's process has ended"):
            planner.plan(PlanRequest(LEFT, RIGHT))
    finally:
        planner.close()


def test_without_moveit_auto_takes_the_built_in_planner(monkeypatch):
    monkeypatch.setattr(process, "setup_file", lambda: None)
    with pytest.raises(PlannerMissingError, match="MoveIt is not installed: source a ROS 2 with moveit_py"):
        make_planner("moveit", MODEL)
    assert make_planner("auto", MODEL).name == "builtin"


@pytest.mark.processes
def test_a_moveit_that_does_not_start_is_replaced_in_auto(monkeypatch, tmp_path):
    setup = tmp_path / "setup.bash"
    setup.write_text("echo 'Error: no such distribution' >&2; exit 3\n")
    monkeypatch.setattr(process, "setup_file", lambda: setup)
    planner = make_planner("moveit", MODEL)
    with pytest.raises(PlannerMissingError, match="MoveIt does not start: .* no such distribution"):
        planner.plan(PlanRequest(LEFT, RIGHT))
    planner.close()
    planner = make_planner("auto", MODEL)
    assert planner.plan(PlanRequest(LEFT, RIGHT)).time_s[-1] > 0 and planner.name == "builtin"
    planner.close()


def test_a_robot_without_configuration_is_named(tmp_path):
    from dataclasses import replace

    other = ArmModel(replace(RobotProfile.load("fr3"), robot_type="", name="fr9"))
    with pytest.raises(PlannerMissingError, match="MoveIt is not configured for the fr9: .* fr3, panda"):
        make_planner("moveit", other)


@pytest.mark.parametrize("robot", ["fr3", "panda"])
def test_the_shipped_configuration_is_that_of_the_profile(robot):
    path = package_path("config", "moveit", "generate.py")
    spec = importlib.util.spec_from_file_location("generate_moveit", path)
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    profile, folder = RobotProfile.load(robot), Path(path).parent / robot
    assert (folder / f"{robot}.srdf").read_text() == generate.semantic(profile), "python config/moveit/generate.py"
    assert (folder / "joint_limits.yaml").read_text() == generate.joint_limits(profile)
    limits = yaml.safe_load((folder / "joint_limits.yaml").read_text())["joint_limits"]
    assert [limits[name]["max_jerk"] for name in profile.joint_names] == profile.jerk_max_rad_s3.tolist()


def test_moveit_s_description_has_the_bodies_at_their_places():
    """Spheres of the description against the ends of the capsules in coal's scene."""
    import pinocchio

    model = pinocchio.buildModelFromXML(solid_description(MODEL.profile))
    geometry = pinocchio.buildGeomFromUrdfString(model, solid_description(MODEL.profile), pinocchio.COLLISION)
    bodies = Bodies(MODEL, (WALL,), None, 0.0, 0.0)
    data, placed = model.createData(), geometry.createData()
    q = pinocchio.neutral(model)
    q[:7] = MODEL.profile.ready_rad
    pinocchio.updateGeometryPlacements(model, data, geometry, placed, q)
    spheres = [
        (placed.oMg[i].translation, shape.geometry.radius)
        for i, shape in enumerate(geometry.geometryObjects)
        if hasattr(shape.geometry, "radius") and not hasattr(shape.geometry, "halfLength") and "_sc" not in shape.name
    ]
    pinocchio.forwardKinematics(bodies._model, bodies._data, MODEL.profile.ready_rad)
    number = len(MODEL.profile.volumes.bodies)
    ends = [(bodies._data.oMi[j] * end, r) for j, both, r in bodies._ends[-number:] for end in both]
    for end, radius in ends:
        assert min(np.linalg.norm(end - at) + abs(radius - r) for at, r in spheres) < 1e-5
    assert ElementTree.fromstring(solid_description(MODEL.profile)).find("link[@name='fr3_link5_sc']") is not None
