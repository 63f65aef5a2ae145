"""`midp data ...`: data sets of episodes, looked at, judged, converted and edited."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from midp_ros.recording.formats.options import ReadOptions

app = typer.Typer(no_args_is_help=True, help="Look at data sets, convert, check and edit them; docs/data.md.")

Source = Annotated[Path, typer.Argument(help="Episodes (a folder or a file), LeRobotDataset, zarr or HDF5.")]
Out = Annotated[Path, typer.Option("--out", help="New set; the source stays as it is.")]
To = Annotated[
    str,
    typer.Option(
        "--to",
        help="Format: mcap, lerobot (v3.0), lerobot-v2.1, zarr, hdf5, rerun (to look at); by default as the name ends.",
        show_default=False,
    ),
]
ContractName = Annotated[
    str, typer.Option("--contract", help="Contract of a set that has none: a name or a YAML file.", show_default=False)
]
Rate = Annotated[
    float | None, typer.Option("--rate-hz", min=0.1, help="Control rate of a set that does not state it [Hz].")
]
Task = Annotated[str, typer.Option(help="Task of a set that does not state it.", show_default=False)]


class Onto(str, Enum):
    """Where an episode is replayed."""

    simulation = "simulation"
    graph = "graph"


@app.command()
def info(
    source: Source,
    contract: ContractName = "",
    rate_hz: Rate = None,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Print what a set holds: episodes, contract, rates, outcomes, sources, cameras."""
    from midp_ros.cli.datasets.info import show_info

    show_info(source, _options(contract, rate_hz), json)


@app.command()
def convert(
    source: Source,
    out: Annotated[Path, typer.Argument(help="New set, which must not be there yet.")],
    to: To = "",
    contract: ContractName = "",
    rate_hz: Rate = None,
    task: Task = "",
    keep_failed: Annotated[
        bool, typer.Option(help="Keep episodes marked as failures, which other formats do not tell apart.")
    ] = False,
) -> None:
    """Convert a set between MCAP episodes, LeRobotDataset v3.0 and v2.1, zarr (Diffusion Policy) and HDF5 (robomimic).

    Contract, info and exact times travel beside the data, so that a set of ours comes back as it was. `--to rerun`
    exports recordings for Rerun's viewer.
    """
    from midp_ros.cli.datasets.convert import convert_set

    convert_set(source, out, to, _options(contract, rate_hz, task), keep_failed)


@app.command()
def validate(
    source: Source,
    contract: ContractName = "",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings fail, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Judge a set: what would harm a training, by episode and reason. Exit code 1 where there is an error."""
    from midp_ros.cli.datasets.validate import validate_set

    raise typer.Exit(validate_set(source, _options(contract, None), strict, json))


@app.command()
def trim(
    source: Source,
    out: Out,
    from_s: Annotated[float, typer.Option(min=0.0, help="Seconds cut from each start.")] = 0.0,
    to_s: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds from each start at which an episode ends.")
    ] = None,
    idle: Annotated[bool, typer.Option("--idle", help="Cut ends in which neither robot nor command moves.")] = False,
    to: To = "",
) -> None:
    """Cut the ends of every episode, by time or where the robot stands still."""
    from midp_ros.cli.datasets.edit import trim_set

    trim_set(source, out, to, from_s, to_s, idle)


@app.command()
def split(
    source: Source,
    out: Out,
    shortest_steps: Annotated[
        int | None, typer.Option(min=2, help="Leave out shorter parts; by default the contract's executed steps.")
    ] = None,
    to: To = "",
) -> None:
    """Cut episodes at gaps, and where time repeats or goes back; leave out repeated steps, refuse wrong rates."""
    from midp_ros.cli.datasets.edit import split_set

    split_set(source, out, to, shortest_steps)


@app.command()
def merge(
    sources: Annotated[list[Path], typer.Argument(help="Folders of episodes with one contract.")],
    out: Out,
) -> None:
    """Put several folders of episodes into a new one, numbered anew; their contracts must match."""
    from midp_ros.cli.datasets.edit import merge_sets

    merge_sets(sources, out)


@app.command()
def delete(
    folder: Annotated[Path, typer.Argument(help="Folder of episodes.")],
    episodes: Annotated[
        list[str] | None, typer.Argument(help="Numbers or ranges, e.g. 3 7 12-15.", show_default=False)
    ] = None,
    renumber: Annotated[bool, typer.Option("--renumber", help="Close the gaps in the numbering.")] = False,
    restore: Annotated[bool, typer.Option("--restore", help="Take everything back out of the trash.")] = False,
) -> None:
    """Move episodes into the folder's trash; --restore takes them back."""
    from midp_ros.cli.datasets.edit import delete_episodes, restore_episodes

    restore_episodes(folder) if restore else delete_episodes(folder, episodes or [], renumber)


@app.command()
def rosetta(
    source: Annotated[str, typer.Argument(help="Contract: a name or YAML file of ours, or a YAML file of rosetta.")],
    out: Annotated[Path, typer.Argument(help="YAML file of the other kind.")],
    skill: Annotated[str, typer.Option(help="Of an imported contract; by default the file's name.")] = "",
    robot: Annotated[str, typer.Option(help="Robot profile of an imported contract.")] = "",
) -> None:
    """Export a contract to rosetta 0.2, or import one of it; say what the other side does not hold."""
    from midp_ros.cli.datasets.rosetta import convert_contract

    convert_contract(source, out, skill, robot)


@app.command()
def repair(
    path: Annotated[Path, typer.Argument(help="Recording that was interrupted or is damaged, or a folder of them.")],
) -> None:
    """Keep what can be read of recordings that were killed or damaged. Exit code 1 where nothing could be kept."""
    from midp_ros.cli.datasets.repair import repair_recordings

    raise typer.Exit(repair_recordings(path))


@app.command()
def report(
    source: Source,
    out: Annotated[Path | None, typer.Option("--out", help="HTML file; by default out/NAME_report.html.")] = None,
    contract: ContractName = "",
    rate_hz: Rate = None,
    most: Annotated[int, typer.Option(min=1, help="Episodes that are shown.")] = 200,
) -> None:
    """Write one HTML page: paths over the scene, coverage, rates, findings, outliers, and every episode."""
    from midp_ros.cli.datasets.report import write_report

    write_report(source, out, _options(contract, rate_hz), most)


@app.command()
def replay(
    episode: Annotated[Path, typer.Argument(help="Recorded episode, a file or a bag.")],
    onto: Annotated[Onto, typer.Option(help="simulation: in this process; graph: the arm of a running graph.")] = (
        Onto.simulation
    ),
    task: Annotated[str, typer.Option(help="Task of the simulation; by default the contract's skill.")] = "",
    robot: Annotated[str, typer.Option(help="Robot profile; by default the contract's.")] = "",
    namespace: Annotated[str, typer.Option(help="Of the graph's robot.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before the arm moves.")] = False,
) -> None:
    """Play an episode again through the runtime's shaping, after showing how far it goes; say how far it differs."""
    from midp_ros.cli.datasets.replay import replay_in_simulation

    if onto is Onto.simulation:
        raise typer.Exit(replay_in_simulation(episode, task, robot, yes))
    from midp_ros.cli.datasets.replay_on_graph import replay_on_graph

    raise typer.Exit(replay_on_graph(episode, robot, namespace, yes))


@app.command()
def rank(
    source: Annotated[Path, typer.Argument(help="Folder of episodes with one contract.")],
    keep: Annotated[
        float | None, typer.Option(min=0.01, max=1.0, help="Share of the episodes to keep, the best ones.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where the kept part goes: a new folder, or a list of paths (.txt).")
    ] = None,
    show_all: Annotated[bool, typer.Option("--all", help="Show every episode, not the worst alone.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Rank episodes by how much each teaches, with the likely reason of a low score; docs/accountant.md.

    The score is the mutual information of observation and motion, estimated by nearest neighbours in other episodes.
    """
    from midp_ros.cli.datasets.rank import rank_set

    rank_set(source, keep, out, show_all, json)


@app.command()
def past(
    source: Source,
    price: Annotated[float, typer.Option(min=1e-6, help="Denoising error per nat; higher prices buy less.")] = 0.003,
    steps: Annotated[int, typer.Option(min=1, help="Training steps.")] = 3000,
    observed: Annotated[
        int | None, typer.Option(min=2, help="Observations in the window; by default the contract's.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, order and noise.")] = 0,
    contract: ContractName = "",
    rate_hz: Rate = None,
    json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Print what the past of each observed entry is worth to a policy; docs/mutual_information.md.

    A small policy is trained that pays for information on past observations, in about a minute. What it buys, the
    actions depend on, and the newest observation does not show it: a velocity, an object that was seen before.
    """
    from midp_ros.cli.datasets.past import show_past

    show_past(source, _options(contract, rate_hz), price, steps, observed, seed, json)


def _options(contract: str, rate_hz: float | None, task: str = "") -> ReadOptions:
    from midp_ros.core.contract import Contract
    from midp_ros.recording.formats.options import ReadOptions

    return ReadOptions(Contract.load(contract) if contract else None, rate_hz, task)
