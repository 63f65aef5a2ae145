"""`midp plot`: pictures of a policy's chunks and episodes, and of recorded episodes."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.file_kind import EPISODE, kind_of
from midp_ros.core.files.output import require_writable_file
from midp_ros.core.package_files import model_path

if TYPE_CHECKING:
    from midp_ros.inference.onnx_policy import OnnxPolicy

PUSHT = "pusht"
FIRST_SEED = {PUSHT: 100000}  # elsewhere 10000, as in `midp evaluate`


class Subject(str, Enum):
    """Subject of a picture."""

    denoising = "denoising"
    episode = "episode"


def plot(
    subject: Annotated[
        Subject,
        typer.Argument(help="denoising: Push-T's chunks from noise to action; episode: an animation, for every task."),
    ],
    source: Annotated[
        str, typer.Argument(metavar="MODEL|EPISODE", help="ONNX model, a name in models/, or a recorded .mcap episode.")
    ],
    out: Annotated[Path | None, typer.Option(help="Picture to write; by default under out/.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the episode; by default 10000, for Push-T 100000.")
    ] = None,
    chunks_before: Annotated[int, typer.Option(min=0, help="denoising: chunks that are executed before.")] = 3,
) -> None:
    """Draw a policy's chunks between noise and action over the scene, or animate an episode.

    A model runs the episode of a seed as in `midp evaluate`; a recorded episode is drawn as it was observed.
    """
    recorded = kind_of(source) == EPISODE
    path = Path(source) if recorded else model_path(source)
    if recorded and subject is Subject.denoising:
        raise FileFormatError(f"{path} is a recorded episode; `midp plot denoising` draws a model's chunks")
    if recorded:
        target = require_writable_file(out or Path("out") / f"{path.absolute().parent.name}_{path.stem}.gif")
        return say(_draw_recorded(path, target))
    from midp_ros.inference.onnx_policy import OnnxPolicy

    policy = OnnxPolicy(path)
    skill = policy.contract.skill
    if subject is Subject.denoising and skill != PUSHT:
        raise FileFormatError(f"{path} has learned {skill!r}; chunks are drawn over the scene of Push-T only")
    number = FIRST_SEED.get(skill, 10000) if seed is None else seed
    name = f"{path.stem}_denoising.png" if subject is Subject.denoising else f"{path.stem}_{number}.gif"
    target = require_writable_file(out or Path("out") / name)
    if subject is Subject.denoising:
        from midp_ros.cli.pictures.pusht import save_denoising

        save_denoising(policy, number, chunks_before, target)
        return say(str(target))
    say(_draw_pusht(policy, number, target) if skill == PUSHT else _draw_episode(policy, number, target))


def _draw_recorded(path: Path, target: Path) -> str:
    from midp_ros.cli.pictures.arm import save_recorded
    from midp_ros.recording import read_episode

    episode = read_episode(path)
    with plain_console(stderr=True).status("drawing"):
        save_recorded(episode, target)
    mark = "failure" if episode.failed else "success" if episode.success else "not marked"
    return f"{target}: {len(episode)} steps of {episode.contract.skill}, {mark}"


def _draw_pusht(policy: OnnxPolicy, seed: int, target: Path) -> str:
    from midp_ros.cli.pictures.pusht import episode_pictures
    from midp_ros.core.files.animation import save_animation

    pictures, max_reward = episode_pictures(policy, seed)
    save_animation(pictures, target, policy.contract.rate_hz)
    return f"{target}: {len(pictures) - 1} steps, largest reward {max_reward:.3f}"


def _draw_episode(policy: OnnxPolicy, seed: int, target: Path) -> str:
    from midp_ros.cli.evaluation import episodes as evaluation
    from midp_ros.cli.pictures.arm import save_columns

    contract = policy.contract
    job = evaluation.checked(evaluation.Job(str(policy.path), contract.skill, keep_observations=True))
    with plain_console(stderr=True).status("running and drawing"):
        result = evaluation.begin(job)(seed)
        save_columns(contract, contract.robot, result[evaluation.OBSERVATIONS], target)
    failure = result["failure"]
    outcome = f"{failure['reason']}; {failure['details']}" if failure else "success"
    return f"{target}: seed {seed}, {result['duration_s']:.1f} s, {outcome}"
