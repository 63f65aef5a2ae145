"""A study's page: README.md in its folder; imports core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from midp_ros.core.errors import OutputError
from midp_ros.core.files.output import write_text
from midp_ros.reproduce.kept import Kept
from midp_ros.reproduce.study import Figure, Page, Study, Table

MOST_NAMED = 12  # missing parts
PAGE = "README.md"


def write_page(
    study: Study, page: Page, kept: Mapping[str, Kept], missing: Sequence[str], place: Path, quick: bool
) -> Path:
    """Writes the page and returns its path.

    Args:
        kept: the finished parts.
        missing: names of the others.
        place: the study's folder.
    """
    command = f"{_begin(study)}{' --quick' if quick else ''}`"
    lines = [f"# {study.title}", "", f"{command} makes this page. Source: {study.source}.", ""]
    if missing:
        what = f"Not done: {', '.join(missing)}"
        if len(missing) > MOST_NAMED:
            what = f"{len(kept)} of {len(kept) + len(missing)} parts are done"
        lines += [f"{what}; the same command runs what is missing.", ""]
    lines += ["## Claim", "", *(f"> {line}".rstrip() for line in study.claim.strip().splitlines()), ""]
    lines += ["## What was run", "", page.run.strip(), "", "## What was found", ""]
    for block in page.found:
        lines += [_block(block), ""]
    lines += ["## Verdict", "", page.verdict.strip(), "", "## Machine", "", _machines(kept)]
    path = place / PAGE
    write_text(path, "\n".join(lines) + "\n")
    return path


def require_own_folder(study: Study, place: Path) -> None:
    """A page of something else stays: only this study's may be written anew.

    Raises:
        OutputError: the folder has another page.
    """
    path, begins = place / PAGE, tuple(f"{_begin(study)}{end}" for end in "` ")
    if path.exists() and not any(line.startswith(begins) for line in path.read_text(errors="replace").split("\n")):
        raise OutputError(f"{path} is not a page of the study {study.name}: choose another folder, --out FOLDER")


def _begin(study: Study) -> str:
    return f"`midp reproduce {study.name}"


def _block(block: str | Table | Figure) -> str:
    if isinstance(block, Table):
        return _table(block)
    if isinstance(block, Figure):
        return f"![{block.caption}]({block.file})\n\n{block.caption}"
    return block.strip()


def _table(table: Table) -> str:
    rows = [table.head, ["---"] * len(table.head), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([*([f"**{table.title}**", ""] if table.title else []), *lines])


def _machines(kept: Mapping[str, Kept]) -> str:
    found = list(kept.values())
    machines = sorted({f"{k.machine.cpu}, {k.machine.cores} cores" for k in found})
    dates = sorted(k.date for k in found)
    days = dates[0] if dates[0] == dates[-1] else f"{dates[0]} to {dates[-1]}"
    versions = ", ".join(sorted({k.version for k in found}))
    minutes = sum(k.seconds for k in found) / 60
    loads = sorted(k.machine.load for k in found)
    return (
        f"{days}, midp_ros {versions}, {'; '.join(machines)}: {minutes:.1f} min, one part's after the other's. "
        f"{loads[0]:g} to {loads[-1]:g} processes wanted a core when the parts ended; durations depend on that."
    )
