"""`midp bench --planning`: start poses around random boxes, judged by PyBullet; imports planning, simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter, process_time

import numpy as np

from midp_ros.control import MotionLimits
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.kinematics import ArmModel
from midp_ros.planning import NoMotionError, Obstacle, Planner, PlanRequest, make_planner
from midp_ros.planning.scene import CollisionScene
from midp_ros.simulation.mesh_scene import MeshScene

SCENES, BOXES, MARGIN_M = 200, 5, 0.01
LOW_M, HIGH_M = np.array([-0.7, -0.7, 0.0]), np.array([0.8, 0.7, 0.9])  # of the boxes' centres
EDGE_M = 0.06, 0.35
FAST_S, PATIENT_S = 5.0, 60.0  # time limit of the search, and of the one that says whether a scene can be solved
STEP_M, WITHIN_M = 0.001, 0.05
LEVER_M = 1.3  # no point of the arm and hand is further from any joint's axis
PERIOD_S = 0.001


def planning_figures(
    planner: str = "builtin", scenes: int = SCENES, first_seed: int = 0, tell: Callable[[str], None] = lambda text: None
) -> dict[str, float]:
    """Share of solvable scenes that are solved, time and independent verdicts.

    Args:
        planner: a name that `make_planner` takes.
        tell: called after each scene.
    """
    model = ArmModel("fr3")
    chosen, results = make_planner(planner, model), list[_Result]()
    try:
        for seed in range(first_seed, first_seed + scenes):
            results.append(_Result(model, chosen, random_scene(model, seed)))
            tell(f"scene {len(results)} of {scenes}, {sum(r.motion is None for r in results)} unsolved")
    finally:
        chosen.close()
    solved = [result for result in results if result.motion is not None]
    solvable = len(solved) + sum(result.solvable for result in results)
    times_s = [result.taken_s for result in results if result.motion is not None or result.solvable]
    return {
        "planning_scenes": float(scenes),
        "planning_straight_way_blocked": float(sum(result.blocked for result in results)),
        "planning_solvable": float(solvable),
        "planning_solved_share": len(solved) / max(1, solvable),
        **{f"planning_s_p{p}": float(np.percentile(times_s, p)) for p in (50, 95, 100)},
        # Of this process alone: MoveIt's own is not in it.
        "planning_cpu_s_p95": float(np.percentile([result.cpu_s for result in results], 95)),
        "planning_collisions": float(sum(result.nearest_m <= 0.0 for result in solved)),
        "planning_nearest_m": min(result.nearest_m for result in solved),
        "planning_limit_share": max(result.limit_share for result in solved),
        "planning_motion_s_p50": float(np.median([r.motion.time_s[-1] for r in solved if r.motion is not None])),
    }


def random_scene(model: ArmModel, seed: int) -> PlanRequest:
    """From random joint positions to the ready pose around random boxes; both of its ends are clear."""
    random, profile = np.random.default_rng([seed, 16]), model.profile
    bare = CollisionScene(model, (), 0.0)
    start_rad = random.uniform(profile.position_min_rad, profile.position_max_rad)
    while not bare.clear(start_rad):
        start_rad = random.uniform(profile.position_min_rad, profile.position_max_rad)
    boxes: tuple[Obstacle, ...] = ()
    while len(boxes) < BOXES:
        turn = random.normal(size=4)
        box = Obstacle(
            f"box{len(boxes) + 1}",
            "box",
            random.uniform(*EDGE_M, 3),
            random.uniform(LOW_M, HIGH_M),
            turn / np.linalg.norm(turn),
        )
        scene = CollisionScene(model, (box,), 0.0, MARGIN_M)
        if scene.clear(start_rad) and scene.clear(profile.ready_rad):
            boxes += (box,)
    return PlanRequest(start_rad, profile.ready_rad, boxes, 0.0, MARGIN_M, time_limit_s=FAST_S, seed=seed)


class _Result:
    """One scene's: planned, judged, and where it was not solved tried again with patience."""

    def __init__(self, model: ArmModel, planner: Planner, request: PlanRequest):
        scene = CollisionScene(model, request.obstacles, request.table_height_m, request.margin_m)
        assert isinstance(request.goal, np.ndarray)
        self.blocked = not scene.clear_straight(request.start_rad, request.goal)
        begun_s, begun_cpu_s = perf_counter(), process_time()
        self.motion = _planned(planner, request)
        self.taken_s, self.cpu_s = perf_counter() - begun_s, process_time() - begun_cpu_s
        self.nearest_m, self.limit_share, self.solvable = np.inf, 0.0, False
        if self.motion is None:
            patient = replace(request, time_limit_s=PATIENT_S, seed=request.seed + 1)
            self.solvable = _planned(make_planner("builtin", model), patient) is not None
            return
        self.nearest_m = nearest_m(model, request, self.motion)
        self.limit_share = limit_share(model, request, self.motion)


def _planned(planner: Planner, request: PlanRequest) -> JointTrajectory | None:
    try:
        return planner.plan(request)
    except NoMotionError:
        return None


def nearest_m(model: ArmModel, request: PlanRequest, motion: JointTrajectory) -> float:
    """The smallest distance between Franka's meshes and an obstacle along a motion [m], by Bullet; at most 5 cm.

    Looked at at steps in which no point of the arm moves by more than a millimetre, or than its distance.
    """
    positions_rad = motion.sample(np.arange(0.0, motion.time_s[-1] + PERIOD_S, PERIOD_S))[0]
    ways_m = LEVER_M * np.abs(np.diff(positions_rad, axis=0)).sum(axis=1)
    way_m = np.concatenate([[0.0], np.cumsum(ways_m)])
    scene, at_m, least_m = MeshScene(model.profile, request.obstacles), 0.0, WITHIN_M
    try:
        while at_m <= way_m[-1]:
            position_rad = np.array([np.interp(at_m, way_m, joint_rad) for joint_rad in positions_rad.T])
            nearest = scene.nearest(position_rad, WITHIN_M)
            here_m = nearest.distance_m if nearest else WITHIN_M
            least_m, at_m = min(least_m, here_m), at_m + max(STEP_M, here_m)
    finally:
        scene.close()
    return least_m


def limit_share(model: ArmModel, request: PlanRequest, motion: JointTrajectory) -> float:
    """The largest share of a limit that a motion takes: velocity, acceleration or jerk, by finite differences."""
    positions_rad = motion.sample(np.arange(0.0, motion.time_s[-1] + 4 * PERIOD_S, PERIOD_S))[0]
    velocity, acceleration, jerk = (np.diff(positions_rad, n, axis=0) / PERIOD_S**n for n in (1, 2, 3))
    limits = MotionLimits(model.profile, request.fractions)
    slowest, fastest = limits.velocity_range(positions_rad[1:])
    range_rad_s: Array = np.where(velocity > 0, fastest, -slowest)
    return float(
        max(
            (np.abs(velocity) / np.maximum(range_rad_s, 1e-3)).max(),
            (np.abs(acceleration) / limits.acceleration_rad_s2).max(),
            (np.abs(jerk) / limits.jerk_rad_s3).max(),
        )
    )
