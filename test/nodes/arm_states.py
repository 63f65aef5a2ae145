"""States of the arm to publish, from formulas of this file alone."""

import numpy as np

from midp_ros.core.pose import Pose, matrix_from_rotation_vector
from midp_ros.core.robot_mode import RobotMode
from midp_ros.simulation.arm.arm_state import ArmState, RigidLoad

# Craig's a, d, alpha of J1 .. J7 and the flange, Franka's documentation.
DH = [
    (0, 0.333, 0), (0, 0, -np.pi / 2), (0, 0.316, np.pi / 2), (0.0825, 0, np.pi / 2),
    (-0.0825, 0.384, -np.pi / 2), (0, 0, np.pi / 2), (0.088, 0, np.pi / 2), (0, 0.107, 0),
]  # fmt: skip
TOOL = Pose(np.array([0.0, 0.0, 0.1034]), matrix_from_rotation_vector([0.0, 0.0, -np.pi / 4]))
STIFFNESS = Pose(np.array([0.0, 0.01, 0.02]), matrix_from_rotation_vector([0.1, 0.0, 0.0]))
LOAD_KG_M2 = np.array([[3, 0.1, 0.2], [0.1, 4, 0.3], [0.2, 0.3, 5]]) / 1e3


def flange(q):
    """T_O_F (4, 4) by Denavit and Hartenberg."""
    t = np.eye(4)
    for (a, d, alpha), angle in zip(DH, [*q, 0.0], strict=True):
        c, s, ca, sa = np.cos(angle), np.sin(angle), np.cos(alpha), np.sin(alpha)
        t = t @ [[c, -s, 0, a], [s * ca, c * ca, -sa, -d * sa], [s * sa, c * sa, ca, d * ca], [0, 0, 0, 1]]
    return t


def pose(t):
    return Pose(t[:3, 3], t[:3, :3])


def arm_state(seed=0, **changes):
    """A moving arm with random numbers everywhere."""
    rng = np.random.default_rng(seed)
    q, q_d = rng.uniform(-1.5, 1.5, (2, 7))
    values = {
        "time_s": 12.5,
        "position_rad": q,
        "desired_position_rad": q_d,
        "flange_measured": pose(flange(q)),
        "flange_desired": pose(flange(q_d)),
        "end_effector_in_flange": TOOL,
        "stiffness_in_end_effector": STIFFNESS,
        "end_effector": RigidLoad(0.73, np.array([-0.01, 0.0, 0.03]), np.diag([0.001, 0.0025, 0.0017])),
        "load": RigidLoad(0.5, np.array([0.0, 0.02, 0.1]), LOAD_KG_M2),
        "joint_contact": np.arange(7) == 2,
        "joint_collision": np.arange(7) == 5,
        "cartesian_contact": np.arange(6) == 1,
        "cartesian_collision": np.arange(6) == 4,
        "success_rate": 0.97,
        "mode": RobotMode.REFLEX,
        "current_errors": frozenset({"joint_reflex"}),
        "last_motion_errors": frozenset({"joint_position_limits_violation", "instability_detected"}),
    }  # fmt: skip
    for name in (
        "velocity_rad_s",
        "torque_nm",
        "desired_torque_nm",
        "desired_velocity_rad_s",
        "desired_acceleration_rad_s2",
    ):
        values[name] = rng.normal(size=7)
    values["torque_rate_nm_s"], values["external_torque_nm"] = rng.normal(size=(2, 7))
    for name in ("wrench_base", "wrench_stiffness", "desired_twist", "desired_cartesian_acceleration"):
        values[name] = rng.normal(size=6)
    return ArmState(**{**values, **changes})
