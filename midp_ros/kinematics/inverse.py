"""Inverse kinematics of the tool frame with joint limits; imports core and pinocchio (through ArmModel)."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.pose import Pose, angle_between
from midp_ros.kinematics.model import ArmModel


@dataclass(frozen=True)
class IkSolution:
    """Joint positions within the limits, with the remaining tool error and whether it is within tolerance."""

    position_rad: Array
    converged: bool
    position_error_m: float
    rotation_error_rad: float
    attempts: int


class InverseKinematics:
    """Levenberg-Marquardt on the pose error, restarted from random joint positions until the target is met.

    One step solves dq = J^T (J J^T + mu I)^-1 e with mu growing with |e|^2 (Sugihara 2011, "Solvability-unconcerned
    inverse kinematics by the Levenberg-Marquardt method"), then clips to the joint limits.

    Args:
        position_tolerance_m: position error at which the target counts as reached.
        rotation_tolerance_rad: rotation error at which it does.
        time_limit_s: gives up after this time; None relies on `max_attempts` alone, which makes results repeatable.
    """

    def __init__(
        self,
        model: ArmModel,
        position_tolerance_m: float = 5e-4,
        rotation_tolerance_rad: float = 4e-3,
        max_attempts: int = 40,
        iterations: int = 25,
        time_limit_s: float | None = None,
    ):
        self.model = model
        self.position_tolerance_m = position_tolerance_m
        self.rotation_tolerance_rad = rotation_tolerance_rad
        self.max_attempts = max_attempts
        self.iterations = iterations
        self.time_limit_s = time_limit_s

    def solve(self, target: Pose, start_rad: Array | None = None, seed: int = 0) -> IkSolution:
        """Joint positions that bring the tool to `target`, searched from `start_rad` (ready pose) first.

        The best attempt is returned when none converges, with `converged` False: check it.
        """
        profile = self.model.profile
        low, high = profile.position_min_rad, profile.position_max_rad
        q = np.clip(profile.ready_rad if start_rad is None else start_rad, low, high)
        rng = np.random.default_rng(seed)
        deadline = None if self.time_limit_s is None else perf_counter() + self.time_limit_s
        best_q, best_cost, attempts = q, np.inf, 0
        for attempt in range(self.max_attempts):
            attempts = attempt + 1
            q, cost, met = self._descend(target, q, low, high, deadline)
            if cost < best_cost:
                best_q, best_cost = q, cost
            if met or (deadline is not None and perf_counter() > deadline):
                break
            q = rng.uniform(low, high)
        reached = self.model.forward(best_q)
        position_error = float(np.linalg.norm(reached.position_m - target.position_m))
        rotation_error = angle_between(reached.rotation, target.rotation)
        met = position_error <= self.position_tolerance_m and rotation_error <= self.rotation_tolerance_rad
        return IkSolution(best_q, met, position_error, rotation_error, attempts)

    def _descend(
        self, target: Pose, q: Array, low: Array, high: Array, deadline: float | None
    ) -> tuple[Array, float, bool]:
        identity = np.eye(6)
        best = np.inf
        stalled = 0
        for _ in range(self.iterations):
            error, jacobian = self.model.error_and_jacobian(q, target)
            cost = float(error @ error)
            linear, angular = error[:3], error[3:]
            if (
                linear @ linear < (0.5 * self.position_tolerance_m) ** 2
                and angular @ angular < (0.5 * self.rotation_tolerance_rad) ** 2
            ):
                return q, cost, True
            stalled = stalled + 1 if cost > 0.9 * best else 0
            best = min(best, cost)
            if stalled >= 6 or (deadline is not None and perf_counter() > deadline):
                break
            step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + (1e-6 + 0.01 * cost) * identity, error)
            q = np.clip(q + step.clip(-0.5, 0.5), low, high)
        return q, cost, False
