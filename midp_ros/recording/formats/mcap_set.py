"""A folder of midp_ros's own episodes; imports core and recording, no ROS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.files.output_folder import writing_folder
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.directory import episode_paths, is_bag, read_contract, read_episode
from midp_ros.recording.formats.bag_pictures import bag_cameras, camera_topics
from midp_ros.recording.formats.demonstration import Demonstration, DemonstrationSet, own_cameras
from midp_ros.recording.formats.options import ReadOptions
from midp_ros.recording.mcap_file import SUFFIX, write_episode
from midp_ros.recording.recorded_events import event_text, read_events

FORMAT = "mcap"


def write(path: Path, contract: Contract, demonstrations: Iterable[Demonstration]) -> None:
    """Writes a file for each episode."""
    with writing_folder(path) as folder:
        for number, demonstration in enumerate(demonstrations):
            write_episode(folder / f"episode_{number:06d}{SUFFIX}", demonstration.episode)


def read(path: Path, options: ReadOptions) -> DemonstrationSet:
    """Opens a folder of episodes, or one; raises FileFormatError."""
    paths = [path] if path.is_file() or is_bag(path) else episode_paths(path)
    if not paths:
        raise FileFormatError(f"{path} holds no episodes")
    first, contract = _first_readable(paths, options)
    cameras = tuple(camera_topics(first)) if is_bag(first) else tuple(image.name for image in contract.images)

    def each() -> Iterator[Demonstration]:
        for each_path in paths:
            try:
                demonstration = read_demonstration(each_path, options.contract)
            except MidpError as e:
                if options.damaged is None:
                    raise
                options.damaged(each_path, e)
            else:
                yield demonstration

    return DemonstrationSet(FORMAT, contract, len(paths), cameras, (), each)


def _first_readable(paths: Sequence[Path], options: ReadOptions) -> tuple[Path, Contract]:
    """The first episode, or where damaged ones are passed over the first whose contract can be read; and the contract.

    Raises:
        FileFormatError: none can be read.
    """
    problem: MidpError | None = None
    for path in paths:
        try:
            return path, options.contract or read_contract(path)
        except MidpError as e:
            problem = problem or e
            if options.damaged is None:
                break
    assert problem is not None
    raise problem


def read_demonstration(path: Path, contract: Contract | None = None) -> Demonstration:
    """One episode, with its pictures; raises FileFormatError."""
    episode = read_episode(path, contract)
    if not is_bag(path):
        return Demonstration(episode, own_cameras(episode))
    events = tuple((event["time_s"], event_text(event)) for event in read_events(BagReader(path)))
    return Demonstration(episode, bag_cameras(path, episode.time_s), events)
