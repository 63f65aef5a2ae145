"""The expert leads the tool around what stands in its way, and says why where it cannot."""

from __future__ import annotations

import re
from dataclasses import replace
from threading import Event

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose
from midp_ros.expert import make_expert
from midp_ros.expert.around_obstacles import AroundObstacles
from midp_ros.expert.experts import make_rule
from midp_ros.kinematics import ArmModel
from midp_ros.planning import NoMotionError, Obstacle, make_planner
from midp_ros.simulation import Simulation, make_task, rollout
from midp_ros.simulation.mesh_scene import MeshScene
from midp_ros.simulation.obstructed_task import ObstructedTask

MODEL, WALL = ArmModel("fr3"), (Obstacle("wall", "box", [0.04, 0.3, 0.35], [0.48, 0.1, 0.175]),)
SEEDS = (1, 3, 7)  # with the wall between start and goal


def experts(task):
    contract = Contract.load(task)
    straight, planned = make_expert(task, contract), make_expert(task, contract)
    planned.rule = AroundObstacles(planned.rule, contract, Unhurried(make_planner("builtin", MODEL)), MODEL, WALL)
    return straight, planned


class Unhurried:
    """A planner whose motions do not depend on the machine: its searches end before their time, but begin at `let`."""

    def __init__(self, planner):
        self._planner, self.name, self.let = planner, planner.name, Event()
        self.let.set()

    def plan(self, request):
        self.let.wait()
        return self._planner.plan(replace(request, time_limit_s=60.0))


class Watched:
    """A Policy that notes how close the arm is to the wall."""

    def __init__(self, policy, simulation):
        self.contract, self.executed_steps, self._policy, self._simulation = policy.contract, 1, policy, simulation
        self._meshes, self.nearest_m = MeshScene(MODEL.profile, WALL), np.inf

    def reset(self, seed):
        self._policy.reset(seed)

    def act(self, window):
        nearest = self._meshes.nearest(self._simulation.arm.position_rad)
        self.nearest_m = min(self.nearest_m, nearest.distance_m if nearest else np.inf)
        return self._policy.act(window)


@pytest.mark.slow
def test_reach_goes_around_a_wall_that_the_straight_way_runs_into():
    simulation = Simulation(ObstructedTask(make_task("reach"), MODEL, WALL))
    straight, planned = (Watched(policy, simulation) for policy in experts("reach"))
    assert not all(rollout(simulation, straight, seed).success for seed in SEEDS) and straight.nearest_m < 0.005
    for seed in SEEDS:
        first, second = (rollout(simulation, planned, seed) for _ in range(2))
        assert first.success and first.duration_s == second.duration_s  # the same seed is the same episode
    assert planned.nearest_m > 0.005


@pytest.mark.slow
def test_pick_takes_the_cube_from_behind_a_wall():
    wall = (Obstacle("wall", "box", [0.30, 0.03, 0.25], [0.55, -0.2, 0.125]),)
    simulation = Simulation(ObstructedTask(make_task("pick"), MODEL, wall))
    contract = Contract.load("pick")
    expert = make_expert("pick", contract)
    expert.rule = AroundObstacles(make_rule("pick"), contract, make_planner("builtin", MODEL), MODEL, wall)
    assert sum(rollout(simulation, expert, seed).success for seed in (1, 5)) == 2


@pytest.mark.parametrize(
    ("goal_m", "reason"), [([0.48, 0.1, 0.2], "goal is in collision .* 'wall'"), ([1.3, 0.0, 0.3], "cannot be reached")]
)
def test_without_a_way_the_tool_stays_and_says_why(goal_m, reason):
    _, planned = experts("reach")
    ready = MODEL.profile.ready_rad
    tool = MODEL.forward(ready)
    goal = Pose(np.array(goal_m), tool.rotation)
    observed = {"joint_position": ready, "goal_position": goal.position_m, "goal_rotation": goal.rotation6}
    led, _ = planned.rule.goal(observed, tool)
    assert led is tool
    planner = Unhurried(make_planner("builtin", MODEL))
    beside = AroundObstacles(make_rule("reach"), planned.contract, planner, ArmModel("fr3"), WALL, beside=True)
    planner.let.clear()
    assert beside.goal(observed, tool)[0] is tool  # while it is planned
    planner.let.set()
    beside._planned.exception(60.0)
    with pytest.raises(NoMotionError, match=reason):
        beside.goal(observed, tool)
    beside.close()
    assert re.search(reason, planned.rule.problem)
