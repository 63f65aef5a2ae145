"""One call of `midp record`: episodes of the expert until enough are kept; imports simulation, expert and recording."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from midp_ros.accounting import Accountant
from midp_ros.cli.recording.accounts import print_weak, weakness
from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.cli.terminal.failures import HEADINGS, counted, print_failures, rows
from midp_ros.cli.terminal.interrupt import Interruptible
from midp_ros.cli.terminal.progress import progress_bar
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, MidpError, RecordingError
from midp_ros.kinematics import RobotProfile
from midp_ros.recording import EpisodeWriter, recorded_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from midp_ros.simulation import Rollout

SOURCE = "expert"
HOPELESS = 30  # failures one after the other, from which on none will succeed


class HopelessError(MidpError):
    """An expert that fails every episode."""


@dataclass(frozen=True)
class Settings:
    """Settings of a recording; the same settings and seed give the same episode."""

    task: str
    robot: str
    contract: str
    disturb_m: float
    gripper_start_s: float
    keep_failed: bool

    def check(self) -> None:
        """Refuses unknown names before anything is loaded or written."""
        from midp_ros.simulation import make_task

        make_task(self.task)  # an unknown task is named before an unknown contract
        Contract.load(self.contract)
        RobotProfile.load(self.robot)

    @property
    def agreed(self) -> Contract:
        """The contract of the episodes: what is learned from them is for the robot that made them."""
        return replace(Contract.load(self.contract), robot=self.robot)

    @property
    def info(self) -> dict[str, Any]:
        """Of every episode, beside its seed."""
        about = {"disturb_m": self.disturb_m, "gripper_start_s": self.gripper_start_s}
        return {"task": self.task, "robot": RobotProfile.load(self.robot).name, "source": SOURCE, **about}


@dataclass
class Tally:
    """Episodes so far.

    Attributes:
        kept: episodes in the folder from the first seed on.
        before, recorded: those of earlier calls, and those of this one.
        steps, simulated_s: recorded control steps and simulated time of this call.
        in_a_row: failures since the last success.
        weak: what the accountant says of this call's episodes that teach little.
        failures: `seed` and `failure` of the episodes that failed in this call.
    """

    kept: int = 0
    before: int = 0
    recorded: int = 0
    steps: int = 0
    simulated_s: float = 0.0
    in_a_row: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)


def run_session(
    settings: Settings, writer: EpisodeWriter, episodes: int, first_seed: int, interruptible: Interruptible
) -> bool:
    """Records until so many episodes from the first seed on are kept; returns whether they are.

    Raises:
        HopelessError: 30 episodes in a row failed.
    """
    there, tally, contract = already_there(settings, writer), Tally(), settings.agreed
    play: Callable[[int], Rollout] | None = None
    console, accountant = plain_console(), Accountant()
    with progress_bar(console) as progress:
        bar = progress.add_task(f"recording {settings.task}", total=episodes)
        for seed in count(first_seed):
            if tally.kept >= episodes or interruptible.requested:
                break
            if seed in there:
                tally.before += 1
                tally.kept += 1
            else:
                play = play or prepare(settings, writer)
                writer.start(contract, {**settings.info, "seed": seed})
                path = writer.next_path
                _end(result := play(seed), settings, writer, tally)
                if result.success:
                    tally.weak += weakness(accountant, path, seed)
            failed = len(tally.failures)
            progress.update(bar, completed=tally.kept, description=f"recording {settings.task} ({failed} failed)")
        elapsed_s = progress.tasks[0].elapsed or 1e-9
    if tally.before:
        say(f"{tally.before} of these episodes were recorded before", console=console)
    print_failures(HEADINGS, rows(counted(tally.failures)), console)
    print_weak(tally.weak, tally.recorded, writer.directory, console)
    complete = tally.kept >= episodes
    interrupted = "" if complete else f"interrupted; the same command goes on at seed {seed}: "
    say(
        f"{interrupted}kept {tally.kept} episodes ({tally.steps} new steps) in {writer.directory}, "
        f"{len(tally.failures)} failed; {60 * tally.recorded / elapsed_s:.0f} episodes/min, "
        f"{tally.simulated_s / elapsed_s:.1f} times real time",
        console=console,
    )
    return complete


def already_there(settings: Settings, writer: EpisodeWriter) -> set[int]:
    """Seeds of the episodes in the folder that were recorded with the same settings, as far as their info shows."""
    found = set()
    try:
        infos = recorded_info(writer.directory)
    except FileFormatError as e:
        raise RecordingError(f"{e}; remove it, or record into another directory") from None
    for info in infos:
        same = all(info.get(key, value) == value for key, value in settings.info.items())
        if same and "seed" in info and (settings.keep_failed or info.get("success") is not False):
            found.add(int(info["seed"]))
    return found


def prepare(settings: Settings, writer: EpisodeWriter) -> Callable[[int], Rollout]:
    """Simulation and expert; returns the function that plays the episode of a seed."""
    from midp_ros.cli.evaluation.episodes import shaping
    from midp_ros.expert import ToolDisturbance, make_expert
    from midp_ros.simulation import Simulation, rollout
    from midp_ros.simulation.arm.robot_options import RobotOptions
    from midp_ros.simulation.hand.hand_command import HandTiming

    contract = settings.agreed
    options = RobotOptions(reflexes=True)  # what trips a reflex is no demonstration
    simulation = Simulation(settings.task, settings.robot, options=options, hand=HandTiming(settings.gripper_start_s))
    disturbance = ToolDisturbance(contract, settings.disturb_m) if settings.disturb_m > 0 else None
    expert, shape = make_expert(settings.task, contract), shaping(simulation.profile)
    return partial(_play, rollout, simulation, expert, writer, disturbance, shape)


def _play(
    rollout: Any, simulation: Any, expert: Any, writer: EpisodeWriter, disturbance: Any, shape: Any, seed: int
) -> Rollout:
    played: Rollout = rollout(simulation, expert, seed, recorder=writer, disturbance=disturbance, shape=shape)
    return played


def _end(result: Rollout, settings: Settings, writer: EpisodeWriter, tally: Tally) -> None:
    tally.simulated_s += result.duration_s
    if result.success or settings.keep_failed:
        tally.steps += writer.steps
        writer.finish({"success": result.success, "duration_s": result.duration_s})
        tally.kept += 1
        tally.recorded += 1
    else:
        writer.discard()
    tally.in_a_row = 0 if result.success else tally.in_a_row + 1
    if result.failure:
        failure = {"reason": result.failure.reason, "details": result.failure.details}
        tally.failures.append({"seed": result.seed, "failure": failure})
    if tally.in_a_row >= HOPELESS and not settings.keep_failed:
        most = counted(tally.failures)[0]
        raise HopelessError(
            f"{HOPELESS} episodes in a row failed, most of them thus: {most['reason']} ({most['example']}); the expert "
            f"cannot do {settings.task!r} as it is"
        )
