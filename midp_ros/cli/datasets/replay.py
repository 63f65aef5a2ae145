"""`midp data replay`: an episode played again, in the simulation or on a running graph, and how far it differs.

Imports recording, kinematics and the simulation.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import typer
from rich.table import Table

from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.recording.replay import Difference, Distance, ReplayPolicy

if TYPE_CHECKING:
    from midp_ros.kinematics import RobotProfile
    from midp_ros.simulation import Simulation

USED = {"velocity": 0.9}  # share of the limits that the runtime's shaping uses (config/policy.yaml)


def replay_in_simulation(path: Path, task: str, robot: str, yes: bool) -> int:
    """Plays an episode in the strict stand-in, in process; returns 1 where a reflex stopped it."""
    from midp_ros.cli.evaluation.lock_step import lock_step
    from midp_ros.kinematics import RobotProfile
    from midp_ros.kinematics.robot_match import robot_difference

    episode = read_one(path)
    contract = episode.contract
    profile = RobotProfile.load(robot or contract.robot)
    policy = ReplayPolicy(episode)
    if robot_difference(contract.robot, profile):
        say(f"the episode is of robot {contract.robot!r}; it is replayed by {profile.name!r}", "yellow")
    show_plan(episode, profile)
    if not yes and not typer.confirm("replay it in the simulation?", default=True):
        return 0
    simulation = _scene(episode, task or contract.skill, robot or contract.robot)
    with plain_console(stderr=True).status("replaying"):
        rollout, holds = lock_step(simulation, policy, int(episode.info.get("seed", 0)), "switch", 0.0)
    show_difference(policy.difference(), len(episode), policy.interruptions)
    outcome = "success" if rollout.success else f"failure: {rollout.failure.reason}" if rollout.failure else "failure"
    recorded = "success" if episode.success else "failure" if episode.failed else "not marked"
    if drawn := episode.info.get("path"):  # the recording holds the name and the digest of that path alone
        outcome = f"not judged, the drawn path {drawn} is not part of the recording"
    say(f"outcome: {outcome}; recorded: {recorded}")
    for reason in holds:
        say(f"the loop held the arm: {reason}", "yellow")
    for reflex in rollout.reflexes:
        say(f"reflex: {reflex.reason}", "red")
    return int(bool(rollout.reflexes))


def read_one(path: Path) -> Episode:
    """The episode at a path; raises FileFormatError."""
    from midp_ros.recording import episode_paths, read_episode
    from midp_ros.recording.directory import is_bag

    if path.is_dir() and not is_bag(path):
        found = episode_paths(path)
        example = f", e.g. {found[0]}" if found else ""
        raise FileFormatError(f"{path} is a folder of episodes; give one of them{example}")
    return read_episode(path)


def plan(episode: Episode, profile: RobotProfile) -> dict[str, Any]:
    """How far a replay goes: plain data."""
    contract = episode.contract
    tool = episode.action[:, contract.action_slices["tool_position"]]
    seconds = np.diff(episode.time_s)
    moved = np.linalg.norm(np.diff(tool, axis=0), axis=1)
    facts: dict[str, Any] = {
        "steps": len(episode),
        "duration_s": float(episode.time_s[-1] - episode.time_s[0]),
        "path_m": float(moved.sum()),
        "low_m": tool.min(0).tolist(),
        "high_m": tool.max(0).tolist(),
        "tool_speed_m_s": float((moved / seconds).max(initial=0.0)),
        "tool_speed_limit_m_s": profile.tool_speed_max_m_s,
    }
    if "joint_position" in contract.observation_slices:
        joints = episode.column("joint_position")
        motion, rates = np.ptp(joints, axis=0), np.abs(np.diff(joints, axis=0)) / seconds[:, None]
        low, high = profile.velocity_range(joints[:-1])
        shares = rates / np.maximum(np.minimum(-low, high), 1e-6)
        largest, fastest = int(motion.argmax()), np.unravel_index(int(shares.argmax()), shares.shape)
        facts |= {
            "joint": profile.joint_names[largest],
            "joint_motion_rad": float(motion[largest]),
            "fastest_joint": profile.joint_names[int(fastest[1])],
            "fastest_share": float(shares.max()),
        }
    return facts


def show_plan(episode: Episode, profile: RobotProfile) -> None:
    """Prints how far a replay goes."""
    facts, table = plan(episode, profile), Table("", "", show_header=False)
    low, high = (" ".join(f"{x:.3f}" for x in facts[end]) for end in ("low_m", "high_m"))
    table.add_row(episode.name, f"{facts['steps']} steps, {facts['duration_s']:.1f} s, skill {episode.contract.skill}")
    table.add_row("tool's path", f"{facts['path_m']:.3f} m, within ({low}) to ({high}) m in the base frame")
    speed = f"{facts['tool_speed_m_s']:.2f} m/s at most; the robot's limit is {facts['tool_speed_limit_m_s']:g} m/s"
    table.add_row("tool's speed", speed)
    if "joint" in facts:
        table.add_row("largest joint motion", f"{np.degrees(facts['joint_motion_rad']):.1f} degrees, {facts['joint']}")
        share = facts["fastest_share"]
        slowed = "" if share <= USED["velocity"] else f"; above {USED['velocity']:.0%} it is slowed, and differs"
        table.add_row("fastest joint", f"{facts['fastest_joint']} at {share:.0%} of its velocity limit{slowed}")
    plain_console().print(table)


def show_difference(difference: Difference, steps: int, interruptions: int) -> None:
    """Prints how far a replay differs from the recording."""
    table = Table("difference from the recording", "mean", "largest")
    mean, largest = difference.mean, difference.largest
    table.add_row("tool position [mm]", f"{1e3 * mean.position_m:.2f}", f"{1e3 * largest.position_m:.2f}")
    table.add_row(
        "tool rotation [degrees]", f"{np.degrees(mean.rotation_rad):.3f}", f"{np.degrees(largest.rotation_rad):.3f}"
    )
    if not np.isnan(difference.largest_joint_rad):
        table.add_row("joints [degrees]", "", f"{np.degrees(difference.largest_joint_rad):.3f}")
    plain_console().print(table)
    if difference.steps < steps:
        say(f"{difference.steps} of {steps} steps were compared: the loop was late for the others", "yellow")
    if interruptions:
        times = "once" if interruptions == 1 else f"{interruptions} times"
        say(f"the replay was interrupted {times}, and went on from where the arm was", "yellow")


def difference_from(text: str) -> Difference:
    """The difference that a node has written as JSON."""
    data = json.loads(text)
    mean, largest = (Distance(**data[name]) for name in ("mean", "largest"))
    return Difference(data["steps"], mean, largest, data["largest_joint_rad"])


def _scene(episode: Episode, task: str, robot: str) -> Simulation:
    """A simulation whose reset brings back the recorded start, where it was observed."""
    from midp_ros.simulation import Simulation
    from midp_ros.simulation.arm.robot_options import RobotOptions
    from midp_ros.simulation.hand.hand_command import HandTiming
    from midp_ros.simulation.replay import observed_poses

    columns = {name: episode.column(name) for name in episode.contract.observation_slices}

    class RecordedScene(Simulation):
        def reset(self, seed: int) -> None:
            super().reset(seed)
            if "joint_position" in columns:
                self.place(columns["joint_position"][0])
            if "gripper_width" in columns:
                self.gripper.place(float(columns["gripper_width"][0, 0]))
                self._commanded_m = self._wanted_m = self.gripper.target_m
            drawn = self.task.observe(self.engine)  # by the seed, where a contract does not observe it
            self.task.place(self.engine, {**drawn, **observed_poses(self, columns)})

    options = RobotOptions(reflexes=True)
    hand = HandTiming(float(episode.info.get("gripper_start_s", HandTiming.start_s)))
    return RecordedScene(task, robot, options=options, hand=hand)
