"""What a recording consists of, and the episode of a seed; imports simulation, expert and control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import radians
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.contract import Contract
from midp_ros.core.errors import CommandError, ContractError, UnknownNameError
from midp_ros.core.protocols import Recorder
from midp_ros.core.seams import PLANNERS
from midp_ros.kinematics import RobotProfile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from midp_ros.cli.teleoperation.demonstrations import ScriptedSession
    from midp_ros.drawing import DrawnPath
    from midp_ros.expert import ToolDisturbance
    from midp_ros.expert.leading_hand import LeadingHand
    from midp_ros.expert.scripted import ScriptedExpert
    from midp_ros.planning import Obstacle
    from midp_ros.simulation import Rollout, Simulation
    from midp_ros.simulation.rollout import Shape

NONE = "none"  # no planner
EXPERT, GUIDING, TELEOP = "expert", "guiding", "teleop"  # who drives, and so the episodes' source
Step = tuple[float, Array, Array, Mapping[str, Picture]]  # time [s], observation, action, images


@dataclass(frozen=True)
class Settings:
    """Settings of a recording; the same settings and seed give the same episode.

    Attributes:
        by: expert; guiding: a simulated person leads the arm by hand; teleop: drives it with a stick.
        disturb_m, disturb_deg: largest disturbance of the tool's position and rotation.
        planner: of the expert's way around obstacles; none: straight.
        obstacles: YAML file of what stands in the scene; empty: nothing.
    """

    task: str
    robot: str
    contract: str
    disturb_m: float
    gripper_start_s: float
    keep_failed: bool
    path: DrawnPath | None = None
    by: str = EXPERT
    planner: str = NONE
    obstacles: str = ""
    disturb_deg: float = 0.0

    def check(self) -> None:
        """Refuses unknown names before anything is loaded or written."""
        from midp_ros.simulation import make_task
        from midp_ros.simulation.camera.camera import contract_cameras

        make_task(self.task, self.path)  # an unknown task is named before an unknown contract
        contract_cameras(Contract.load(self.contract))
        RobotProfile.load(self.robot)
        self.read_obstacles()
        if self.by == EXPERT:
            self._check_expert()
        if self.planner not in (NONE, *PLANNERS):
            raise UnknownNameError("planner", self.planner, (NONE, *PLANNERS))
        if self.planner != NONE and self.by != EXPERT:
            raise CommandError(f"--planner is for --by {EXPERT}: a person's hand knows no planner")

    def _check_expert(self) -> None:
        contract = self.expert_contract
        observed, commanded = ({entry.name for entry in entries} for entries in (contract.observation, contract.action))
        for missing in sorted({"tool_position", "tool_rotation"} - observed):
            raise ContractError(f"contract {self.contract!r} observes no {missing}, which the scripted expert needs")
        wanted = {"tool_position"} | ({"tool_rotation"} if self.disturb_deg else set())
        for missing in sorted(wanted - commanded):
            raise ContractError(f"contract {self.contract!r} commands no {missing}, which the scripted expert commands")

    def read_obstacles(self) -> tuple[Obstacle, ...]:
        """What stands in the scene; raises FileFormatError."""
        from midp_ros.planning import read_obstacles

        return read_obstacles(Path(self.obstacles)) if self.obstacles else ()

    def disturbed(self, largest_m: float | None) -> Settings:
        """With a largest disturbance of the position [m]; None: the task's usual one.

        Raises:
            CommandError: a person's hand is to be disturbed.
        """
        if (largest_m or self.disturb_deg) and self.by != EXPERT:
            raise CommandError(f"--disturb-m and --disturb-deg are for --by {EXPERT}: a person is unsteady enough")
        if largest_m is None:
            from midp_ros.expert.disturbance import usual_disturbance_m
            from midp_ros.expert.experts import make_rule

            largest_m = usual_disturbance_m(make_rule(self.task)) if self.by == EXPERT else 0.0
        return replace(self, disturb_m=largest_m)

    @property
    def agreed(self) -> Contract:
        """The contract of the episodes: what is learned from them is for the robot that made them."""
        return replace(Contract.load(self.contract), robot=self.robot)

    @property
    def expert_contract(self) -> Contract:
        """What the expert observes: it needs to know where things are, which a policy of pictures does not.

        Raises:
            ContractError: the recorded contract has other actions or another rate than the task's.
        """
        recorded = self.agreed
        if not recorded.images:
            return recorded
        own = replace(Contract.load(self.task), robot=self.robot)
        if (recorded.action, recorded.rate_hz) != (own.action, own.rate_hz):
            raise ContractError(
                f"contract {self.contract!r} has other actions or another rate than {self.task!r}, by which the expert "
                "demonstrates for pictures"
            )
        return own

    @property
    def info(self) -> dict[str, Any]:
        """Of every episode, beside its seed."""
        about: dict[str, Any] = {"gripper_start_s": self.gripper_start_s}
        if self.by == EXPERT:  # a person is unsteady enough
            about |= {"disturb_m": self.disturb_m, "disturb_deg": self.disturb_deg}
        if self.path is not None:
            about |= {"path": self.path.name, "path_digest": self.path.digest}
        if self.obstacles:
            about |= {"planner": self.planner, "obstacles": [o.plain() for o in self.read_obstacles()]}
        if self.by == TELEOP:
            about |= {"devices": "scripted stick", "operator": "scripted"}
        return {"task": self.task, "robot": RobotProfile.load(self.robot).name, "source": self.by, **about}


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
