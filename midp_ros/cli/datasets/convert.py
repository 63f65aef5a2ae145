"""`midp data convert`: a set in another format; imports recording."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from midp_ros.cli.datasets.opening import chosen_format, tell, with_progress, write
from midp_ros.cli.terminal.console import say
from midp_ros.core.files.output_folder import require_new
from midp_ros.recording.formats import WITH_TIMES, open_set
from midp_ros.recording.formats.demonstration import Demonstration
from midp_ros.recording.formats.options import ReadOptions

# What comes back when a set of ours is converted there and back, and what a stranger's reader finds.
TOLERANCE = {
    "mcap": "",
    "rerun": "to look at with `rerun OUT/*.rrd`; pictures are JPEG, and nothing reads it back",
    "zarr": "",
    "hdf5": "",
    "lerobot": "float32 for LeRobot (6e-8 of a value); the exact values travel in meta/midp_ros.parquet",
    "lerobot-v2.1": "float32 for LeRobot (6e-8 of a value); the exact values travel in meta/midp_ros.parquet",
}


def convert_set(source: Path, out: Path, to: str, options: ReadOptions, keep_failed: bool) -> None:
    """Converts, and prints what could not be kept."""
    name = chosen_format(out, to)
    require_new(out)
    found, left_out = open_set(source, options), [0]

    def kept() -> Iterator[Demonstration]:
        for demonstration in with_progress(found, f"converting to {name}"):
            if demonstration.episode.failed and not keep_failed and name not in WITH_TIMES:
                left_out[0] += 1
                continue
            yield demonstration

    episodes, steps = write(out, name, found.contract, kept())
    tell(found.remarks)
    if left_out[0]:
        say(f"left out {left_out[0]} episodes marked as failures; --keep-failed keeps them", "yellow")
    kept_images = {image.name for image in found.contract.images}
    if name == "mcap" and (lost := [camera for camera in found.cameras if camera not in kept_images]):
        say(f"pictures of {', '.join(lost)} left out: the contract does not observe them", "yellow")
    if TOLERANCE[name]:
        say(TOLERANCE[name].replace("OUT", str(out)))
    if found.cameras and name.startswith("lerobot"):
        say("videos are H.264 with loss (crf 18)")
    say(f"{out}: {episodes} episodes, {steps} steps, {name}")
