"""Distances between arm and obstacles against the meshes in PyBullet, and ways that are judged without a gap."""

from __future__ import annotations

import numpy as np
import pinocchio
import pytest

from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmModel
from midp_ros.planning import NoMotionError, Obstacle
from midp_ros.planning.bodies import Bodies
from midp_ros.planning.scene import CollisionScene
from midp_ros.simulation.engine import Engine
from midp_ros.simulation.mesh_scene import MeshScene
from midp_ros.simulation.obstacle_bodies import add_obstacle

MODEL = ArmModel("fr3")
OBSTACLES = (
    Obstacle("wall", "box", [0.2, 0.2, 0.7], [0.42, 0.0, 0.35]),
    Obstacle("ball", "sphere", [0.1], [-0.3, 0.4, 0.5]),
    Obstacle("pole", "cylinder", [0.05, 0.6], [-0.3, -0.4, 0.6], [0.0, 0.3826834, 0.0, 0.9238795]),
)


@pytest.fixture(scope="module")
def postures_rad():
    profile = MODEL.profile
    return np.random.default_rng(0).uniform(profile.position_min_rad, profile.position_max_rad, (300, 7))


def test_the_bodies_lie_around_franka_s_meshes(postures_rad):
    meshes, bodies = MeshScene(MODEL.profile, OBSTACLES), Bodies(MODEL, OBSTACLES, None, 0.0, 0.0)
    slack_m = []
    for position_rad in postures_rad:
        nearest = meshes.nearest(position_rad, 0.3)
        if nearest and nearest.distance_m > 0:  # how deep two bodies overlap is no distance
            least_m = min(gap.distance_m for gap in bodies.gaps(position_rad) if "'" in gap.second)
            slack_m.append(nearest.distance_m - least_m)
    meshes.close()
    assert len(slack_m) > 100
    assert min(slack_m) > -1e-3  # never further than the meshes
    assert np.median(slack_m) < 0.025  # and not so large that narrow ways are closed


def test_distances_are_those_of_bullet_for_the_same_shapes(postures_rad):
    import pybullet

    engine, volumes = Engine(), MODEL.profile.volumes.bodies
    client = engine.client
    solids = [add_obstacle(engine, obstacle) for obstacle in OBSTACLES]
    shapes = [
        client.createCollisionShape(pybullet.GEOM_CAPSULE, radius=each.radius_m, height=each.length_m)
        for each in volumes
    ]
    capsules = [client.createMultiBody(0.0, shape) for shape in shapes]
    scene, compared = Bodies(MODEL, OBSTACLES, None, 0.0, 0.0), 0
    for position_rad in postures_rad[:60]:
        gaps = [gap for gap in scene.gaps(position_rad) if "'" in gap.second]
        for number, capsule in enumerate(capsules):
            placed = scene._geometry_data.oMg[len(MODEL.profile.volumes.capsules) + number]
            at = Pose(placed.translation, placed.rotation)
            client.resetBasePositionAndOrientation(capsule, at.position_m.tolist(), at.quaternion.tolist())
            for place, solid in enumerate(solids):
                gap = gaps[place * len(capsules) + number]
                found = client.getClosestPoints(capsule, solid, 0.3)
                if found and min(gap.distance_m, found[0][8]) > 0:  # how deep bodies overlap is no distance
                    assert gap.distance_m == pytest.approx(min(point[8] for point in found), abs=1e-3)
                    compared += 1
    engine.close()
    assert compared > 300


def test_the_broad_phase_misses_no_pair(postures_rad):
    bodies = Bodies(MODEL, OBSTACLES, 0.0, 0.01, 0.001)
    for position_rad in postures_rad:
        placed = bodies._model, bodies._data, bodies._geometry, bodies._geometry_data, position_rad
        assert bodies.clear(position_rad) is not pinocchio.computeCollisions(*placed)
        assert bodies.clear(position_rad) is not bool(bodies.contacts(position_rad))


def test_no_point_moves_further_than_the_levers_say(postures_rad):
    bodies, random = Bodies(MODEL, OBSTACLES[:1], None, 0.0, 0.0), np.random.default_rng(1)

    def points_m(position_rad):
        pinocchio.forwardKinematics(bodies._model, bodies._data, position_rad)
        ends = [bodies._data.oMi[joint] * end for joint, ends, _ in bodies._ends for end in ends]
        return np.array(ends)

    for position_rad in postures_rad[:100]:
        step_rad = random.normal(0.0, 0.05, 7)
        moved_m = np.linalg.norm(points_m(position_rad + step_rad) - points_m(position_rad), axis=1).max()
        assert moved_m <= np.abs(step_rad) @ bodies.lever_m


def test_a_straight_way_is_clear_only_if_all_of_it_is(postures_rad):
    scene, verdicts = CollisionScene(MODEL, OBSTACLES, 0.0), []
    for start, end in zip(postures_rad[:-1:2], postures_rad[1::2], strict=True):
        end = start + 0.4 * (end - start)
        clear = scene.clear_straight(start, end)
        looks = [scene.clear(start + share * (end - start)) for share in np.linspace(0.0, 1.0, 200)]
        assert not clear or all(looks)
        verdicts.append((clear, all(looks)))
    clear, sampled = np.array(verdicts).T
    assert 5 < clear.sum() and sampled.sum() - clear.sum() <= 2  # it refuses next to nothing that is clear


def test_a_contact_says_which_bodies_and_how_deep():
    scene = CollisionScene(MODEL, OBSTACLES)
    with pytest.raises(NoMotionError, match=r"start is in collision: fr3_link\d is \d\.\d cm inside box 'wall' \(and"):
        scene.require_clear("start", MODEL.profile.ready_rad)


def test_without_bodies_no_obstacle_is_planned_around():
    from dataclasses import replace

    bare = ArmModel(replace(MODEL.profile, volumes=replace(MODEL.profile.volumes, bodies=())))
    with pytest.raises(NoMotionError, match="volumes.bodies"):
        CollisionScene(bare, OBSTACLES)
    assert CollisionScene(bare).clear(MODEL.profile.ready_rad)
