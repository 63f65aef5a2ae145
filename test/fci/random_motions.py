"""Random motions at 0.9 of the limits through libfranka: test/fci/random_motions.py joint_position --seconds 1000.

The nearest limit counts: of a motion in space that is mostly one of a joint.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from control_box import DEFAULTS, READY
from libfranka_client import Client, ClientError
from ruckig import InputParameter, Result, Ruckig, Trajectory

from midp_ros.core.pose import Pose, matrix_from_rotation_vector, rotation_vector
from midp_ros.fci.server import FciProcess
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.pose_following import PoseFollower

T_S = 1e-3
SHARE = 0.9
AROUND_RAD = np.array([0.6, 0.3, 0.3, 0.25, 0.5, 0.3, 0.8])  # of READY: far from table, links and ranges' ends
AROUND_M, TURNED_RAD = np.array([0.10, 0.15, 0.10]), 0.3
TORQUE_JERK_RAD_S3 = 300.0  # the torques' rate is what limits a motion by torques
SLICE_S = 50.0  # simulated, of one seed
REST = 5  # milliseconds of rest at the end


def planned(start: Any, goal: Any, velocity: Any, acceleration: Any, jerk: Any) -> tuple[np.ndarray, ...]:
    """Positions, velocities and accelerations (milliseconds, n) from rest to rest."""
    joints = len(goal)
    wanted = InputParameter(joints)
    wanted.current_position, wanted.target_position = list(start), list(goal)
    wanted.max_velocity, wanted.max_acceleration, wanted.max_jerk = list(velocity), list(acceleration), list(jerk)
    trajectory = Trajectory(joints)
    assert Ruckig(joints).calculate(wanted, trajectory) in (Result.Working, Result.Finished)
    times = T_S * np.arange(1, int(trajectory.duration / T_S) + 2 + REST)
    rows = [trajectory.at_time(min(t, trajectory.duration)) for t in times]
    return tuple(np.array(values) for values in zip(*rows, strict=True))


class Motions:
    """Plans from the state that a motion starts from."""

    def __init__(self, seed: int):
        self.rng, self.model = np.random.default_rng(seed), ArmModel("fr3")
        self.profile = self.model.profile
        self.follower = PoseFollower(self.model)
        low, high = self.profile.velocity_range(READY - AROUND_RAD, READY + AROUND_RAD)
        self.velocity = SHARE * np.minimum(-low, high)
        self.acceleration = SHARE * self.profile.acceleration_max_rad_s2
        self.jerk = SHARE * self.profile.jerk_max_rad_s3

    def joints(self, state: dict, jerk: Any = None) -> tuple[np.ndarray, ...]:
        goal = READY + self.rng.uniform(-AROUND_RAD, AROUND_RAD)
        return planned(state["q_d"], goal, self.velocity, self.acceleration, self.jerk if jerk is None else jerk)

    def space(self, state: dict) -> tuple[np.ndarray, np.ndarray]:
        """Poses (n, 16) and twists (n, 6), as fast as joints and tool may move."""
        start = np.array(state["O_T_EE_c"], float).reshape(4, 4).T
        ready = self.model.forward(READY)
        goal = ready.position_m + self.rng.uniform(-AROUND_M, AROUND_M)
        turn = matrix_from_rotation_vector(self.rng.uniform(-TURNED_RAD, TURNED_RAD, 3)) @ ready.rotation
        axis = rotation_vector(turn @ start[:3, :3].T)
        limits = self.profile.cartesian
        both = zip(limits.translation, limits.rotation, strict=True)
        v, a, j = (np.array([t] * 3 + [r] * 3) / np.sqrt(3) for t, r in both)
        factor = SHARE * np.array([0.6, 0.3, 0.2])
        for _ in range(12):
            limited = factor[0] * v, factor[1] * a, factor[2] * j
            path, *_ = planned([*start[:3, 3], 0, 0, 0], [*goal, *axis], *limited)
            poses = [Pose(x[:3], matrix_from_rotation_vector(x[3:]) @ start[:3, :3]) for x in path]
            used = self.used(state["q_d"], poses)
            if (used <= SHARE * 1.02).all():
                break
            slower = max(1.0, used[0] / SHARE, np.sqrt(used[1] / SHARE), np.cbrt(used[2] / SHARE)) * 1.02
            factor = factor / slower ** np.array([1, 2, 3])
        matrices = np.tile(np.eye(4), (len(poses), 1, 1))
        matrices[:, :3, :3], matrices[:, :3, 3] = [p.rotation for p in poses], path[:, :3]
        previous = [start[:3, :3], *(p.rotation for p in poses[:-1])]
        turns = np.array([rotation_vector(p.rotation @ q.T) / T_S for p, q in zip(poses, previous, strict=True)])
        moves = np.diff(path[:, :3], axis=0, prepend=start[None, :3, 3]) / T_S
        return matrices.transpose(0, 2, 1).reshape(-1, 16), np.hstack((moves, turns))

    def used(self, start_rad: Any, poses: list[Pose]) -> np.ndarray:
        """Largest share of the joints' velocity, acceleration and jerk limits."""
        q = [np.array(start_rad, float)] * 3
        for pose in poses:
            q.append(self.follower.follow(pose, start_rad[2], 2 * q[-1] - q[-2]))
        v = np.diff(np.array(q), axis=0) / T_S
        a = np.diff(v, axis=0) / T_S
        j = np.diff(a, axis=0) / T_S
        low, high = self.profile.velocity_range(np.array(q[:-1]))
        speed = np.maximum(v / high, v / low).max()
        # The start is single, which shows in the first differences only.
        pushed = np.abs(a[4:] / self.profile.acceleration_max_rad_s2).max()
        return np.array([speed, pushed, np.abs(j[6:] / self.profile.jerk_max_rad_s3).max()])


def run(
    server: FciProcess,
    client: Client,
    kind: str,
    seconds: float,
    seed: int = 0,
    controller: str = "JointImpedance",
    wall_s: float = float("inf"),
) -> dict[str, Any]:
    """Motions for so many simulated seconds, or `wall_s`; raises AssertionError with libfranka's text."""
    motions, moved_s, count, begun = Motions(seed), 0.0, 0, time.monotonic()
    server.ask("place", READY)
    client.call("set_collision_behavior", [90] * 7, [90] * 7, [90] * 6, [90] * 6)  # none stands in the way
    while moved_s < seconds and time.monotonic() < begun + wall_s:
        state = client.state()
        if kind == "torque":
            state["q_d"] = state["q"]
            track = commands, *_ = motions.joints(state, np.full(7, TORQUE_JERK_RAD_S3))
        elif kind.startswith("joint"):
            q, _, _ = motions.joints(state)
            commands = q
            if kind == "joint_velocity":
                commands = np.diff(q, axis=0, prepend=np.array([state["q_d"]])) / T_S
        else:
            commands = motions.space(state)[kind == "cartesian_velocity"]
        client.start(kind, controller)
        result = client.track(*track) if kind == "torque" else client.follow(commands)
        assert result["error"] is None, f"motion {count} of {kind}: {result['error']} {server.ask('reflexes')[-1:]}"
        moved_s += len(commands) * T_S
        count += 1
    client.call("set_collision_behavior", *DEFAULTS)
    return {"kind": kind, "controller": controller, "motions": count, "simulated_s": round(moved_s, 1),
            "wall_s": round(time.monotonic() - begun, 1), "exceptions": 0}  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind")
    parser.add_argument("--seconds", type=float, default=1000.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--controller", default="JointImpedance")
    parser.add_argument("--wall-s", type=float, default=float("inf"))
    parser.add_argument("--host", default="127.42.0.21")
    given = parser.parse_args()
    done_s, lost, seed, end_s = 0.0, 0, given.seed, time.monotonic() + given.wall_s
    while done_s < given.seconds and time.monotonic() < end_s:
        with FciProcess("pick", host=given.host, pacing="client") as served:
            libfranka = Client(given.host, 200.0)
            try:
                libfranka.connect()
                while done_s < given.seconds and (left_s := end_s - time.monotonic()) > 0:
                    simulated_s = min(SLICE_S, given.seconds - done_s)
                    found = run(served, libfranka, given.kind, simulated_s, seed, given.controller, left_s)
                    done_s, seed = done_s + found["simulated_s"], seed + 1
                    told = {"seed": seed - 1, "so_far_s": round(done_s, 1), "connections_lost": lost}
                    print(found | told, flush=True)
            except ClientError as e:
                if "Timeout" not in str(e):  # libfranka waits a second for a state: the machine's fault
                    raise
                lost, seed = lost + 1, seed + 1
                print(f"again with the next seed: {e}", flush=True)
            finally:
                libfranka.close()
