"""`midp data report`: one HTML page about a set; imports data and recording."""

from __future__ import annotations

from pathlib import Path

from midp_ros.cli.datasets.opening import with_progress
from midp_ros.cli.reports.data_page import Shown, data_page, strip
from midp_ros.cli.terminal.console import say
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import require_writable_file
from midp_ros.data.motion import figures
from midp_ros.data.survey import Survey
from midp_ros.recording.formats import open_set
from midp_ros.recording.formats.options import ReadOptions


def write_report(source: Path, out: Path | None, options: ReadOptions, most: int) -> None:
    """Writes the page, with the first `most` episodes one by one."""
    target = require_writable_file(out or Path("out") / f"{source.resolve().name.partition('.')[0]}_report.html")
    found, judged = open_set(source, options), Survey(options)
    shown: list[Shown] = []
    for demonstration in with_progress(found, "reading"):
        episode = demonstration.episode
        judged.take(episode)
        if len(shown) < most:
            strips = {name: strip(camera, len(episode)) for name, camera in demonstration.cameras.items()}
            shown.append(Shown(episode, figures(episode), strips))
    if not shown:
        raise FileFormatError(f"{source} holds no episodes")
    contract = found.contract
    subtitle = f"{found.format}, skill {contract.skill} at {contract.rate_hz:g} Hz, robot {contract.robot}"
    remarks = list(found.remarks)
    if len(found) > most:
        remarks.append(f"The first {most} of {len(found)} episodes are shown; --most shows more.")
    page = data_page(f"Data set {source.resolve().name}", subtitle, shown, judged.findings, remarks)
    page.write(target)
    say(f"{target}: {len(shown)} episodes, {target.stat().st_size / 2**20:.1f} MB")
