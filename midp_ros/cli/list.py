"""`midp list`: the names that this package and other installed ones bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from midp_ros.core.errors import MidpError, UnknownNameError

if TYPE_CHECKING:
    from midp_ros.core.seams import Registry
    from midp_ros.core.seams.entry_points import Offer


def list(  # the command's name
    kind: Annotated[str, typer.Argument(help="Only these, e.g. tasks or robots; by default all.")] = "",
    check: Annotated[bool, typer.Option("--check", help="Import each name, and show which fail.")] = False,
) -> None:
    """List tasks, experts, contracts, robots, denoisers, learners, observation readers, devices, planners, studies.

    With --check, exit code 1 where a name cannot be used.
    """
    from midp_ros.cli.terminal.console import plain_console, say

    console = plain_console()
    problems = []
    for group, registry in _chosen(kind).items():
        say(group, "bold", console)
        offers = registry.offers()
        widths = [max((len(getattr(o, part)) for o in offers), default=0) for part in ("name", "package")]
        for offer in offers:
            if problem := _problem(registry, offer, check):
                problems.append(problem)
            line = f"  {offer.name:{widths[0]}}  {offer.package:{widths[1]}}  {offer.target}"
            say(line, "red" if problem else "", console)
    for problem in dict.fromkeys(problems):
        say(problem, "red", console)
    if problems and check:
        raise typer.Exit(1)


def _chosen(kind: str) -> dict[str, Registry]:
    from midp_ros.core.seams import REGISTRIES

    groups = {registry.group.removeprefix("midp_ros."): registry for registry in REGISTRIES}
    if kind and kind not in groups:
        raise UnknownNameError("kind of name", kind, groups)
    return {kind: groups[kind]} if kind else groups


def _problem(registry: Registry, offer: Offer, check: bool) -> str:
    """A name brought twice is always a problem; one that fails to import is only found by importing it."""
    try:
        registry.find(offer.name)
        if check:
            registry.load(offer.name)
    except MidpError as e:
        return str(e)
    except ImportError as e:  # of our own module: what it needs is not installed
        return f"{offer}: {type(e).__name__}: {e}"
    return ""
