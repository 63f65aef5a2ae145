"""Who plays the episode of a seed, and what comes of it; imports simulation, expert and control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import radians
from typing import TYPE_CHECKING, Any

from midp_ros.cli.recording.settings import GUIDING, TELEOP, Settings
from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Recorder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from midp_ros.cli.teleoperation.demonstrations import ScriptedSession
    from midp_ros.expert import ToolDisturbance
    from midp_ros.expert.leading_hand import LeadingHand
    from midp_ros.expert.scripted import ScriptedExpert
    from midp_ros.simulation import Rollout, Simulation
    from midp_ros.simulation.rollout import Shape

Step = tuple[float, Array, Array, Mapping[str, Picture]]  # time [s], observation, action, images


@dataclass(frozen=True)
class Attempt:
    """The outcome of a seed's episode.

    Attributes:
        failure: reason and details; empty after a success.
        info: facts about the episode from a task that has any.
        steps: what was recorded; empty where the recorder has them.
    """

    seed: int
    success: bool
    duration_s: float
    failure: dict[str, str] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    steps: Sequence[Step] = ()

    @classmethod
    def of(cls, result: Rollout, steps: Sequence[Step] = ()) -> Attempt:
        """From a rollout."""
        f = result.failure
        failure = {"reason": f.reason, "details": f.details} if f else {}
        return cls(result.seed, result.success, result.duration_s, failure, result.info, steps)


@dataclass(frozen=True)
class Player:
    """Plays the expert's episode of a seed into the recorder."""

    simulation: Simulation
    expert: ScriptedExpert
    recorder: Recorder
    disturbance: ToolDisturbance | None
    shape: Shape
    recorded: Contract

    def __call__(self, seed: int) -> Rollout:
        """The episode's outcome; the recorder's running episode has its steps."""
        from midp_ros.simulation import Failure, rollout

        result = rollout(
            self.simulation, self.expert, seed, recorder=self.recorder, disturbance=self.disturbance,
            shape=self.shape, recorded=self.recorded,
        )  # fmt: skip
        if result.failure and (problem := getattr(self.expert.rule, "problem", "")):
            return replace(result, failure=Failure("there is no way around the obstacles", problem))
        return result


@dataclass(frozen=True)
class GuidedPlayer:
    """Plays the episode of a seed in which a person leads the arm, into the recorder."""

    simulation: Simulation
    person: LeadingHand
    contract: Contract
    recorder: Recorder

    def __call__(self, seed: int) -> Rollout:
        """The episode's outcome; the recorder's running episode has its steps."""
        from midp_ros.simulation.guided_episode import guided_episode

        return guided_episode(self.simulation, self.person, self.contract, seed, self.recorder)


@dataclass(frozen=True)
class TeleopPlayer:
    """Plays the episode of a seed in which a person drives with a stick, into the recorder."""

    simulation: Simulation
    session: ScriptedSession
    recorder: Recorder

    def __call__(self, seed: int) -> Rollout:
        """The episode's outcome; the recorder's running episode has its steps."""
        return self.session.run(seed, self.recorder)


def prepare(settings: Settings, recorder: Recorder) -> Player | GuidedPlayer | TeleopPlayer:
    """Simulation, and the expert or the person."""
    from midp_ros.cli.evaluation.episodes import shaping
    from midp_ros.expert import ToolDisturbance, make_expert
    from midp_ros.expert.around_obstacles import AroundObstacles
    from midp_ros.expert.experts import make_rule
    from midp_ros.expert.leading_hand import LeadingHand
    from midp_ros.planning.planners import planner_or_none
    from midp_ros.simulation import Simulation, make_task
    from midp_ros.simulation.arm.robot_options import RobotOptions
    from midp_ros.simulation.camera.camera import contract_cameras
    from midp_ros.simulation.guided_episode import PULL_S
    from midp_ros.simulation.hand.hand_command import HandTiming
    from midp_ros.simulation.obstructed_task import among_obstacles

    contract = settings.agreed
    options = RobotOptions(reflexes=True)  # what trips a reflex is no demonstration
    task = among_obstacles(make_task(settings.task, settings.path), settings.robot, settings.obstacles)
    hand, cameras = HandTiming(settings.gripper_start_s), contract_cameras(contract)
    simulation = Simulation(task, settings.robot, options=options, hand=hand, cameras=cameras)
    if settings.by == GUIDING:
        person = LeadingHand(make_rule(settings.task), PULL_S)
        return GuidedPlayer(simulation, person, contract, recorder)
    if settings.by == TELEOP:
        from midp_ros.cli.teleoperation.demonstrations import ScriptedSession

        session = ScriptedSession(simulation, contract, make_rule(settings.task))
        return TeleopPlayer(simulation, session, recorder)
    recorded, contract = contract, settings.expert_contract
    disturbance = None
    if settings.disturb_m > 0 or settings.disturb_deg > 0:
        disturbance = ToolDisturbance(contract, settings.disturb_m, radians(settings.disturb_deg))
    expert = make_expert(settings.task, contract)
    if planner := planner_or_none(settings.planner, simulation.model):
        expert.rule = AroundObstacles(expert.rule, contract, planner, simulation.model, settings.read_obstacles())
    shape = shaping(simulation.profile, expert.executed_steps * contract.step_s)
    return Player(simulation, expert, recorder, disturbance, shape, recorded)
