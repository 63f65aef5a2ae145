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
    check: Annotated[bool, typer.Option("--check", help="Import each name, and say which fail.")] = False,
) -> None:
    """List tasks, experts, contracts, robots, denoisers and observation readers, with the package that brings each.

    With --check, exit code 1 where a name cannot be used.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    table = Table("kind", "name", "package", "from")
    problems = []
    for registry in _chosen(kind):
        for offer in registry.offers():
            problem = _problem(registry, offer, check)
            mark = "[red]" if problem else ""
            table.add_row(offer.kind, mark + escape(offer.name), escape(offer.package), escape(offer.target))
            if problem and problem not in problems:
                problems.append(problem)
        table.add_section()
    console.print(table)
    for problem in problems:
        console.print(f"[red]{escape(problem)}", highlight=False, soft_wrap=True)
    if problems and check:
        raise typer.Exit(1)


def _chosen(kind: str) -> tuple[Registry, ...]:
    from midp_ros.core.seams import REGISTRIES

    by_group = {registry.group.removeprefix("midp_ros."): registry for registry in REGISTRIES}
    if not kind:
        return REGISTRIES
    if kind not in by_group:
        raise UnknownNameError("kind of name", kind, by_group)
    return (by_group[kind],)


def _problem(registry: Registry, offer: Offer, check: bool) -> str:
    """A name brought twice is always a problem; one that fails to import is only found by importing it."""
    try:
        registry.find(offer.name)
        if check:
            registry.load(offer.name)
    except (MidpError, ImportError) as e:
        return str(e) if isinstance(e, MidpError) else f"{offer}: {type(e).__name__}: {e}"
    return ""
