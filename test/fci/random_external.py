"""Random motions whose torques the client calculates: test/fci/random_external.py joint_position --seconds 100.

libfranka has this combination in C++ only, so that the client here is a plain socket.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from control_box import READY
from random_motions import T_S, TORQUE_JERK_RAD_S3, Motions
from raw_client import MOVING, RawClient

from midp_ros.fci.server import FciProcess
from midp_ros.fci.wire.robot_commands import Command, MoveStatus
from midp_ros.fci.wire.robot_packets import ControllerMode
from midp_ros.kinematics import ArmDynamics

GENERATORS = ("joint_position", "joint_velocity", "cartesian_pose", "cartesian_velocity")
RATE_NM = 0.9  # in a millisecond


class Torques:
    """Joint impedance towards the robot's own desired state, limited in rate as by libfranka."""

    def __init__(self, motions: Motions):
        self.profile, self.dynamics = motions.profile, ArmDynamics(motions.profile)

    def towards(self, state: np.void, last_nm: np.ndarray) -> np.ndarray:
        q, dq, still = (np.array(values, float) for values in (state["q"], state["dq"], np.zeros(7)))
        free = self.dynamics.torque(q, dq, np.array(state["ddq_d"], float)) - self.dynamics.torque(q, still, still)
        torque = free + self.profile.stiffness_nm_rad * (state["q_d"] - q)
        torque += self.profile.damping_nm_s_rad * (state["dq_d"] - dq)
        return last_nm + (torque - last_nm).clip(-RATE_NM, RATE_NM)


def run(server: FciProcess, raw: RawClient, kind: str, seconds: float, seed: int, wall_s: float) -> dict[str, Any]:
    """Motions for so many simulated seconds, or `wall_s`."""
    motions, moved_s, count, begun = Motions(seed), 0.0, 0, time.monotonic()
    torques = Torques(motions)
    server.ask("place", READY)
    while moved_s < seconds and time.monotonic() < begun + wall_s:
        for _ in range(5):  # they may be from before
            raw.state()
        while np.abs((state := raw.state())["dq_d"]).max() > 0:  # the robot brakes from where the torques left the arm
            pass
        if kind.startswith("joint"):
            commands, *_ = motions.joints(state, np.full(7, TORQUE_JERK_RAD_S3))
            if kind == "joint_velocity":
                commands = np.diff(commands, axis=0, prepend=np.array([state["q_d"]])) / T_S
        else:
            commands = motions.space(state)[kind == "cartesian_velocity"]
        state = raw.begin(GENERATORS.index(kind), ControllerMode.EXTERNAL)
        last_nm = np.array(state["tau_J_d"], float)
        field = {"joint_position": "q_c", "joint_velocity": "dq_c", "cartesian_pose": "pose_c"}.get(kind, "twist_c")
        for i, command in enumerate(commands):
            last_nm = torques.towards(state, last_nm)
            fields = {field: tuple(command.tolist()), "torque_d": tuple(last_nm.tolist())}
            raw.send(state["message_id"], **fields, motion_finished=i == len(commands) - 1)
            state = raw.state()
            assert state["robot_mode"] == MOVING or i > len(commands) - 2, f"motion {count}: {server.ask('reflexes')}"
        command, status, _ = raw.response()
        assert (command, status) == (Command.MOVE, MoveStatus.SUCCESS), f"motion {count}: {server.ask('reflexes')}"
        moved_s += len(commands) * T_S
        count += 1
    return {"kind": kind, "controller": "external", "motions": count, "simulated_s": round(moved_s, 1),
            "wall_s": round(time.monotonic() - begun, 1), "exceptions": 0}  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=GENERATORS)
    parser.add_argument("--seconds", type=float, default=100.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--host", default="127.42.0.22")
    parser.add_argument("--wall-s", type=float, default=float("inf"))
    given = parser.parse_args()
    with FciProcess("pick", host=given.host, pacing="client") as served, RawClient(given.host) as client:
        print(run(served, client, given.kind, given.seconds, given.seed, given.wall_s), flush=True)
