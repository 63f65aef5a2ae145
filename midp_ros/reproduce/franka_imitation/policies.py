"""What follows the drawings: the solver, what policies are shown, and what they answer; imports inference."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract, Horizon
from midp_ros.core.episode import Episode
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.kinematics import ArmModel
from midp_ros.reproduce.franka_imitation.pairs import Solver
from midp_ros.reproduce.study import Report
from midp_ros.reproduce.trials import demonstrations

JOINT_CONTRACT, TASK = "trace_joints", "trace"
# Of what is demonstrated. The goal shows 3 cm of the path, which the contract's own chunks, executed for 0.8 s, pass.
HORIZON = Horizon(observed=2, predicted=8, executed=2)
SPEED_M_S = 0.05  # of the solver's tool on its way to the goal, as `ik_net`'s


class SolverPolicy:
    """A core.protocols.Policy: what `ik_net` does, with the solver in place of the network."""

    def __init__(self, model: ArmModel):
        self.contract = Contract.load(JOINT_CONTRACT)
        self.executed_steps = self.contract.horizon.executed
        self._solver = Solver(model)

    def reset(self, seed: int) -> None:
        """Nothing is remembered."""

    def act(self, window: ObservationWindow) -> ActionChunk:
        """Joints at the points of a straight line from the tool to the goal."""
        contract, newest = self.contract, window.array()[-1]
        tool, goal = (newest[contract.observation_slices[name]] for name in ("tool_position", "goal_position"))
        length_m = float(np.linalg.norm(goal - tool))
        ahead_m = SPEED_M_S * contract.step_s * np.arange(1, self.executed_steps + 1)
        points = tool + np.minimum(1.0, ahead_m / max(length_m, 1e-9))[:, None] * (goal - tool)
        joints = [self._solver.solve(point) for point in points]
        held = newest[contract.observation_slices["joint_position"]]
        return ActionChunk(np.array([held if q is None else q for q in joints]), window.time_s, contract.step_s)


def drawing_demonstrations(folder: Path, count: int, report: Report) -> list[Episode]:
    """Demonstrations of `trace` over paths that each seed draws anew."""
    return demonstrations(TASK, count, folder, report, replace(Contract.load(TASK), horizon=HORIZON))


def joints_at(policy: OnnxPolicy, position_m: Array) -> Array:
    """What an exported `ik_net` answers for positions (n, 3), where the tool is already: it stays."""
    contract = policy.contract
    window = np.zeros((len(position_m), contract.horizon.observed, contract.observation_size))
    for name in ("tool_position", "goal_position"):
        window[..., contract.observation_slices[name]] = position_m[:, None]
    noise = np.zeros((1, contract.horizon.predicted, contract.action_size), np.float32)
    answer = partial(policy.predict, noise=noise)
    return np.array([answer(each[None])[0, contract.first_executed] for each in window])
