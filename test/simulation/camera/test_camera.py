"""A camera's pictures show things where its pose and its intrinsics say, and another process draws the same ones."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import numpy as np
import pybullet
import pytest

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.pose import Pose, rotation_about_z
from midp_ros.simulation import Simulation
from midp_ros.simulation.camera.camera import CAMERAS, make_cameras
from midp_ros.simulation.camera.camera_process import CameraProcess, CameraProcessError, Scene

TOOL_IN_LINK7_M = 0.107 + 0.1034  # urdf/fr3.urdf: flange and hand, the latter turned by -45 degrees
MARKER_HALF_M = (0.01, 0.01, 0.0005)  # a plate that faces the camera


def scene_of(simulation, seed):
    poses = simulation.task.observe(simulation.engine)
    return Scene(seed, simulation.arm.position_rad, simulation.gripper.width_m, poses)


def bullet_tool(simulation):
    """The tool's pose by PyBullet's own kinematics, which knows the seventh link."""
    client, name = simulation.engine.client, simulation.profile.joint_names[0]
    (arm,) = (b for b in range(client.getNumBodies()) if client.getNumJoints(b))
    assert client.getJointInfo(arm, 0)[1].decode() == name
    *_, position, quaternion = client.getLinkState(arm, 6, computeForwardKinematics=True)[:6]
    turn = Pose(np.array([0, 0, TOOL_IN_LINK7_M]), rotation_about_z(-np.pi / 4))
    return Pose.from_quaternion(position, quaternion) @ turn


def centre(seen):
    """Mean column and row of the pixels that are seen."""
    rows, columns = np.nonzero(seen)
    assert len(rows) > 8, "it is not in the picture"
    return np.array([columns.mean(), rows.mean()])


def magenta(picture):
    red, green, blue = np.moveaxis(picture.astype(int), -1, 0)
    return (red - green > 80) & (blue - green > 80)


def pixel(camera, pose, point_m):
    x, y, z = camera.intrinsics @ pose.rotation.T @ (point_m - pose.position_m)
    assert z > 0
    return np.array([x / z, y / z])


@pytest.mark.parametrize(
    "name, low_m, high_m",
    [("front", (-0.25, -0.1, 0.8), (0.25, 0.2, 1.0)), ("wrist", (-0.04, -0.06, 0.2), (0.04, 0.02, 0.3))],
)
def test_a_marker_is_seen_where_its_coordinates_project(name, low_m, high_m):
    simulation = Simulation("reach", visuals=True)
    simulation.place(simulation.profile.ready_rad + [1.2, 0.1, -0.2, 0.3, 0.2, -0.1, 0.3])
    (camera,) = make_cameras(name, 320, 240)
    pose = bullet_tool(simulation) @ camera.pose if name == "wrist" else camera.pose
    marker = simulation.engine.add_figure([(MARKER_HALF_M, (0, 0, 0))], pose, (1, 0, 1, 1))
    rng, errors = np.random.default_rng(0), []
    for _ in range(12):
        point = pose.position_m + pose.rotation @ rng.uniform(low_m, high_m)
        simulation.engine.move_marker(marker, Pose(point, pose.rotation))
        seen = centre(magenta(camera.draw(simulation.engine, simulation.tool())))
        errors.append(seen - pixel(camera, pose, point))
    assert np.abs(errors).max() < 0.75
    assert np.abs(np.mean(errors, axis=0)).max() < 0.2, "half a pixel off: another principal point"


def test_the_cube_is_seen_in_front_and_from_the_hand():
    simulation = Simulation("pick", visuals=True)
    simulation.place(simulation.profile.ready_rad)
    for camera in make_cameras("front, wrist", 320, 240):
        cube = simulation.tool().position_m * [1, 1, 0] + [0.12, 0.01, 0.025]
        simulation.task.place(simulation.engine, {"object": Pose(cube, np.eye(3))})
        red, green, _ = np.moveaxis(camera.draw(simulation.engine, simulation.tool()).astype(int), -1, 0)
        expected = pixel(camera, camera.pose_in_base(bullet_tool(simulation)), cube)
        np.testing.assert_allclose(centre(red - green > 60), expected, atol=3.0)  # two of its faces are seen


@pytest.mark.parametrize("width, height", [(320, 240), (640, 360)])
@pytest.mark.parametrize("name", sorted(CAMERAS))
def test_the_intrinsics_are_those_of_the_field_of_view(name, width, height):
    (camera,) = make_cameras(name, width, height)
    fov_deg = {"front": 42.0, "wrist": 58.0}[name]  # RealSense D435, D405
    opengl = pybullet.computeProjectionMatrixFOV(fov_deg, width / height, 0.01, 5.0)
    k = camera.intrinsics
    np.testing.assert_allclose([k[0, 0] * 2 / width, k[1, 1] * 2 / height], [opengl[0], opengl[5]], rtol=1e-6)
    edges = k @ [[0, 0], [-1, 1], [0, 0]] * np.tan(np.radians(fov_deg / 2)) + k[:, 2:]
    np.testing.assert_allclose(edges[1], [-0.5, height - 0.5], atol=1e-9)
    assert k[0, 2] == (width - 1) / 2 and (k[2] == [0, 0, 1]).all() and k[0, 1] == k[1, 0] == 0


def test_optical_frames_have_x_to_the_right_and_y_down():
    front, wrist = make_cameras("front,wrist", 320, 240)
    right, down, ahead = front.pose.rotation.T
    np.testing.assert_allclose(right, [0, 1, 0], atol=1e-12)  # it faces the robot, whose left is on its right
    assert down[2] < -0.7 and ahead[0] < -0.7
    right, down, ahead = wrist.pose.rotation.T
    np.testing.assert_allclose(right, [0, 1, 0], atol=1e-12)
    assert down[0] < -0.9 and ahead[2] > 0.9  # along the fingers
    for camera in (front, wrist):
        assert np.linalg.det(camera.pose.rotation) == pytest.approx(1.0)


def test_an_unknown_camera_is_refused_and_none_is_none():
    with pytest.raises(UnknownNameError, match="'left'; known: front, wrist"):
        make_cameras("front,left", 320, 240)
    assert make_cameras("", 320, 240) == []


def fetched(process):
    end_s = time.monotonic() + 30.0
    while not (pictures := process.fetch()):
        assert time.monotonic() < end_s, "no pictures"
        time.sleep(0.005)
    return pictures


@pytest.mark.parametrize("task", ["pick", "trace"])
@pytest.mark.processes
def test_the_process_draws_what_a_simulation_with_visuals_shows(task):
    cameras = make_cameras("front,wrist", 80, 60)
    simulation = Simulation(task, cameras={camera.name: camera for camera in cameras})
    process = CameraProcess(task, "fr3", cameras)
    try:
        for seed, moved, asked in [(0, 0.0, [0, 1]), (3, 0.2, [1]), (3, -0.1, [0])]:
            simulation.reset(seed)
            simulation.place(simulation.arm.position_rad + moved)
            process.ask(scene_of(simulation, seed), asked)
            assert process.busy
            pictures = fetched(process)
            assert sorted(pictures) == asked and not process.busy and not process.fetch()
            for number, picture in pictures.items():
                expected = cameras[number].draw(simulation.engine, simulation.tool())
                assert (np.abs(picture.astype(int) - expected).max(axis=-1) > 8).mean() < 0.002
    finally:
        process.close()
    with pytest.raises(CameraProcessError):
        process.ask(scene_of(simulation, 3), [0])


@pytest.mark.processes
def test_waiting_for_a_dead_process_raises():
    simulation = Simulation("reach")
    process = CameraProcess("reach", "fr3", make_cameras("front", 80, 60))
    process._process.send_signal(signal.SIGSTOP)  # so that it has not answered when it is killed
    process.ask(scene_of(simulation, 0), [0])
    process._process.kill()
    with pytest.raises(CameraProcessError, match="has ended"):
        fetched(process)
    with pytest.raises(CameraProcessError, match="has ended"):
        process.ask(scene_of(simulation, 0), [0])
    process.close()


@pytest.mark.processes
def test_the_process_ends_with_its_owner():
    code = (
        "import time; from midp_ros.simulation.camera.camera import make_cameras; "
        "from midp_ros.simulation.camera.camera_process import CameraProcess; "
        "process = CameraProcess('reach', 'fr3', make_cameras('front', 80, 60)); print('started', flush=True); "
        "time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert any("started" in line for line in owner.stdout)
    owner.kill()
    owner.communicate(timeout=30.0)  # their common output ends when both have ended
