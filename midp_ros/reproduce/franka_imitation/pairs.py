"""An IK solver's pairs: positions of the tool in a box before the arm, and the joints; imports core and kinematics.

The mapping is a function. The tool points straight down, always turned the same way; and the solver starts from the
ready pose for every pair, so that of the joints that reach a pose (one freedom of seven is left) it finds those of one
continuous family. From random starts it would find several postures for neighbouring positions, and a network that
descends the squared error would answer their mean, which reaches neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.pose import Pose, tool_down
from midp_ros.kinematics import ArmModel, InverseKinematics

LOW_M, HIGH_M = (0.30, -0.30, 0.05), (0.70, 0.30, 0.40)  # of the box, in the base frame [m]
TOLERANCE, ITERATIONS = 1e-6, 60  # [m], [rad]: the solver's own error is nothing beside a network's


@dataclass(frozen=True)
class Pairs:
    """Positions of the tool (pairs, 3) [m], and joints that reach them (pairs, joints) [rad]."""

    position_m: Array
    joint_rad: Array

    def __len__(self) -> int:
        return len(self.position_m)

    def first(self, count: int) -> Pairs:
        """So many of them."""
        return Pairs(self.position_m[:count], self.joint_rad[:count])


class Solver:
    """Joints for positions of the tool, pointing straight down."""

    def __init__(self, model: ArmModel):
        self.model = model
        self._solver = InverseKinematics(model, TOLERANCE, TOLERANCE, max_attempts=1, iterations=ITERATIONS)
        self._rotation = tool_down(0.0)

    def solve(self, position_m: Array) -> Array | None:
        """Joints (joints,) [rad]; None where the solver does not arrive from the ready pose."""
        found = self._solver.solve(Pose(position_m, self._rotation))
        return found.position_rad if found.converged else None

    def draw(self, count: int, seed: int, report: Callable[[int], None] = lambda done: None) -> Pairs:
        """So many pairs of positions that are drawn evenly from the box; `report` receives how many there are."""
        rng, positions, joints = np.random.default_rng(seed), list[Array](), list[Array]()
        while len(positions) < count:
            position_m = rng.uniform(LOW_M, HIGH_M)
            if (joint_rad := self.solve(position_m)) is None:
                continue
            positions.append(position_m)
            joints.append(joint_rad)
            report(len(positions))
        return Pairs(np.array(positions), np.array(joints))


def errors_mm(model: ArmModel, joint_rad: Array, position_m: Array) -> Array:
    """Distances (pairs,) [mm] of where joints bring the tool, by pinocchio, to where it is wanted."""
    reached = np.array([model.forward(q).position_m for q in np.asarray(joint_rad, float)])
    return np.asarray(1e3 * np.linalg.norm(reached - position_m, axis=1))


def as_episode(pairs: Pairs, contract: Contract) -> Episode:
    """The pairs as a recording of a contract with goals and joints, for `midp train`; its steps have no order."""
    observation = np.zeros((len(pairs), contract.observation_size))
    for name, values in (
        ("joint_position", pairs.joint_rad),
        ("tool_position", pairs.position_m),
        ("goal_position", pairs.position_m),
    ):
        observation[:, contract.observation_slices[name]] = values
    time_s = contract.step_s * np.arange(len(pairs), dtype=float)
    return Episode(contract, time_s, observation, pairs.joint_rad, {"task": contract.skill, "source": "IK solver"})
