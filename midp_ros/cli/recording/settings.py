"""What a recording consists of; imports core and kinematics."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midp_ros.core.contract import Contract
from midp_ros.core.errors import CommandError, ContractError, UnknownNameError
from midp_ros.core.seams import PLANNERS
from midp_ros.kinematics import RobotProfile

if TYPE_CHECKING:
    from midp_ros.drawing import DrawnPath
    from midp_ros.planning import Obstacle

NONE = "none"  # no planner
EXPERT, GUIDING, TELEOP = "expert", "guiding", "teleop"  # who drives, and so the episodes' source


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
