"""What several studies do: record an expert, train, export, run episodes; imports core to learning, and simulation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from midp_ros.control import CommandShaper, shaped_head
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import BusyError, MidpError
from midp_ros.core.files.output import FolderLock, lock_folder, require_writable_folder, write_text
from midp_ros.core.protocols import Policy
from midp_ros.experiment.result import thinned
from midp_ros.expert import ToolDisturbance, make_expert
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.kinematics import RobotProfile
from midp_ros.recording import EpisodeWriter, load_episodes
from midp_ros.reproduce.study import Report
from midp_ros.simulation import Simulation, Task, rollout
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.hand.hand_command import HandTiming
from midp_ros.simulation.rollout import Rollout, Shape

if TYPE_CHECKING:
    from midp_ros.learning.checkpoint import Checkpoint
    from midp_ros.learning.config import TrainConfig
    from midp_ros.learning.dataset import Dataset

FIRST_SEED = 100_000  # of episodes that are judged; recordings count from 0
MOST_TRIES = 2  # for each demonstration
LONGEST_RECORDING_S = 7200.0  # by another part, beside this one
REPORT_EVERY = 25  # training steps, or fewer where there are few
WAITS = "waiting for another part's demonstrations"
MADE_OF = "made_of.json"  # beside recordings: what they depend on
CURVE = {"step": "step", "error": "denoising_error", "bound": "bound", "success": "success"}  # of a training's metrics


@dataclass(frozen=True)
class Trained:
    """A training's end.

    Attributes:
        checkpoint: at its last step.
        curve: columns `step`, `error`, `bound` [nat], and `success` of the policy's own episodes, where it has any;
            what was not measured is None.
        seconds: of the training.
    """

    checkpoint: Checkpoint
    curve: dict[str, list[float | None]]
    seconds: float


def stand_in(task: str | Task, hand: HandTiming | None = None) -> Simulation:
    """The strict simulation, with reflexes on."""
    return Simulation(task, options=RobotOptions(reflexes=True), hand=hand)


def demonstrations(
    task: str | Task,
    count: int,
    folder: Path,
    report: Report,
    contract: Contract | None = None,
    hand: HandTiming | None = None,
    scene: Mapping[str, Any] | None = None,
) -> list[Episode]:
    """The expert's first successful episodes, seeds from 0 on, recorded as far as the folder lacks them.

    A folder of another task, contract, hand or scene is recorded anew.

    Args:
        contract: another one than the task's.
        hand: how long it waits; by default not at all.
        scene: plain data from which the task was made.

    Raises:
        MidpError: the expert fails too often.
    """
    name = task if isinstance(task, str) else task.name
    contract = contract or Contract.load(name)
    _lock = _alone_in(require_writable_folder(folder.parent), lambda: report(0, count, WAITS))  # until the return
    made_of = {"task": name, "scene": dict(scene or {}), "hand": asdict(hand) if hand else None}
    kept = load_episodes(folder) if any(folder.glob("*.mcap")) else []
    if kept and (kept[0].contract.first_difference(contract) or _read_made_of(folder) != made_of):
        rmtree(folder)
        kept = []
    if len(kept) >= count:
        return kept[:count]
    writer = EpisodeWriter(folder)
    write_text(folder / MADE_OF, json.dumps(made_of))
    simulation = stand_in(task, hand)
    expert, disturbance = make_expert(name, contract), ToolDisturbance(contract)
    shape, done, tries = shaping(simulation.profile, expert), len(kept), 0
    seed = max((int(e.info["seed"]) for e in kept), default=-1)
    while done < count:
        report(done, count, "demonstrations")
        seed, tries = seed + 1, tries + 1
        if tries > MOST_TRIES * count:
            raise MidpError(f"the expert of {name} has failed too often: {done} of {count} demonstrations")
        writer.start(contract, {"task": name, "seed": seed, "source": "expert"})
        if rollout(simulation, expert, seed, recorder=writer, disturbance=disturbance, shape=shape).success:
            writer.finish({"success": True})
            done += 1
        else:
            writer.discard()
    report(count, count, "demonstrations")
    return load_episodes(folder)[:count]


def _alone_in(folder: Path, waits: Callable[[], None]) -> FolderLock:
    try:
        return lock_folder(folder)
    except BusyError:
        waits()
        return lock_folder(folder, LONGEST_RECORDING_S)


def _read_made_of(folder: Path) -> Any:
    try:
        return json.loads((folder / MADE_OF).read_text())
    except (OSError, ValueError):
        return None


def train(settings: Mapping[str, Any], episodes: Sequence[Episode], model: Path, report: Report) -> Trained:
    """Trains a policy of a training configuration on one thread, and exports it to a file."""
    from midp_ros.learning.dataset import build_dataset
    from midp_ros.learning.export import export_onnx

    config = configuration(model.stem, settings)
    trained = fit(config, build_dataset(episodes, config.context), report)
    export_onnx(trained.checkpoint, model)
    return trained


def configuration(name: str, settings: Mapping[str, Any]) -> TrainConfig:
    """A training configuration that learns all of a study's demonstrations, with its learner's defaults written out.

    So they are in checkpoints and in settings: those of another default are others.
    """
    from midp_ros.learning.config import TrainConfig
    from midp_ros.learning.learners.learner import written_out

    return written_out(TrainConfig.from_dict({"name": name, "data": "of the study", "held_out": 0.0, **settings}))


def described(settings: Mapping[str, Any]) -> dict[str, Any]:
    """All that a training depends on but its demonstrations, defaults included: for a part's settings."""
    return configuration("run", settings).essence.to_dict()


def finished(path: Path, config: TrainConfig, dataset: Dataset) -> Checkpoint | None:
    """The checkpoint in a file, if that is the end of this very training."""
    from midp_ros.learning.checkpoint import Checkpoint

    if not path.is_file():
        return None
    saved = Checkpoint.load(path)
    same = saved.config.essence == config.essence and saved.data_hash == dataset.data_hash
    return saved if same and saved.step == config.training.steps else None


def fit(config: TrainConfig, dataset: Dataset, report: Report) -> Trained:
    """Trains a policy on one thread, by its learner's own loop, where it has one."""
    import torch

    from midp_ros.learning.learners.learner import loop_of
    from midp_ros.learning.training import Training

    threads, since, rows = torch.get_num_threads(), time.monotonic(), []
    torch.set_num_threads(1)  # small networks: a second thread would only wait
    try:
        training = loop_of(config, Training)(config, dataset, "midp reproduce")
        for metrics in training.run():
            rows.append({column: getattr(metrics, name) for column, name in CURVE.items()})
            if metrics.step % min(REPORT_EVERY, max(1, config.training.steps // 100)) == 0:
                report(metrics.step, config.training.steps, "training steps")
    finally:
        torch.set_num_threads(threads)
    seconds = round(time.monotonic() - since, 1)
    curve = {name: list(column) for name, column in thinned(rows, tuple(CURVE)[1:]).items()}
    return Trained(training.checkpoint(), curve, seconds)


def shaping(profile: RobotProfile, policy: Policy) -> Shape:
    """Keeps a policy's commands within the robot's limits, as the policy's node does."""
    lasts_s = policy.executed_steps * policy.contract.step_s
    return partial(shaped_head, shaper=CommandShaper(profile), lasts_s=lasts_s)


def episodes_of(model: Path, task: str, count: int, report: Report, keep_observations: bool = False) -> list[Rollout]:
    """Episodes of an exported policy, as `driven`."""
    return driven(OnnxPolicy(model), task, count, report, keep_observations)


def driven(
    policy: Policy, task: str | Task, count: int, report: Report, keep_observations: bool = False
) -> list[Rollout]:
    """Episodes of a policy, seeds from FIRST_SEED on, reflexes on."""
    simulation = stand_in(task)
    shape, found = shaping(simulation.profile, policy), list[Rollout]()
    for k in range(count):
        report(k, count, "episodes")
        found.append(rollout(simulation, policy, FIRST_SEED + k, shape=shape, keep_observations=keep_observations))
    return found
