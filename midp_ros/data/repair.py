"""Recordings that were interrupted or are damaged: what can be read of them is kept; imports core and recording.

Bags are finished in place by the recorder's own repair. Of a damaged step-wise file the whole steps become a new file,
and the damaged one goes to the set's trash.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from mcap.records import Channel, Metadata

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.files.output import UNFINISHED_SUFFIX, lock_folder
from midp_ros.core.stamp import seconds
from midp_ros.data.editing import new_trash
from midp_ros.recording import vector_message
from midp_ros.recording.bag import repair as bags
from midp_ros.recording.bag.mcap_scan import Damage, scan
from midp_ros.recording.directory import episode_paths, is_bag
from midp_ros.recording.mcap_file import SUFFIX, image_topic, read_episode, write_episode
from midp_ros.recording.picture_message import decoded
from midp_ros.recording.stored_pictures import StoredPictures

RECOVERED = "recovered"  # in the info of an episode


@dataclass(frozen=True)
class Repair:
    """Outcome for one recording: what it is now, and what was kept and lost; `path` None where nothing was."""

    source: Path
    path: Path | None
    outcome: str


def repair_all(path: Path) -> Iterator[Repair]:
    """Repairs a recording, or everything in a folder that needs it; what is whole is left alone.

    Raises:
        FileFormatError: there is nothing of the kind.
        BusyError: it is being recorded.
    """
    if not path.exists():
        raise FileFormatError(f"there is no {path}")
    if path.is_file():
        yield _repair_file(path)
        return
    if is_bag(path) or any(path.glob(f"{path.name.removesuffix(UNFINISHED_SUFFIX)}_*{SUFFIX}")):
        yield _repair_bag(path)
        return
    found = bags.unfinished_bags(path)
    found += [each for each in episode_paths(path) if _damaged(each)]
    found += sorted(each for each in path.glob(f"*{SUFFIX}{UNFINISHED_SUFFIX}") if each.is_file())
    for each in found:
        yield _repair_bag(each) if each.is_dir() else _repair_file(each)


def recovered(path: Path) -> Episode:
    """The whole steps of a damaged step-wise file; raises FileFormatError where there is none."""
    metadata: dict[str, str] = {}
    topics: dict[int, str] = {}
    data: dict[str, dict[int, bytes]] = {}
    with open(path, "rb") as stream:
        for record in scan(stream):
            if isinstance(record, Metadata) and "json" in record.metadata:
                metadata[record.name] = record.metadata["json"]
            elif isinstance(record, Channel):
                topics[record.id] = record.topic
            elif isinstance(record, Damage) and record.ends:
                break
            elif isinstance(record, list):
                for message in record:
                    data.setdefault(topics.get(message.channel, ""), {})[message.log_ns] = message.data
    if "midp_contract" not in metadata:
        raise FileFormatError(f"{path} is damaged before its contract; nothing of it can be kept")
    contract = Contract.from_json(metadata["midp_contract"])
    wanted = [f"/observation/{e.name}" for e in contract.observation] + [f"/action/{e.name}" for e in contract.action]
    needed = [*wanted, *map(image_topic, contract.images)]
    stamps = sorted(set.intersection(*(set(data.get(topic, {})) for topic in needed)))
    if len(stamps) < 2:
        raise FileFormatError(f"{path} has no two whole steps; nothing of it can be kept")
    rows = np.array([np.concatenate([vector_message.decode(data[t][stamp]) for t in wanted]) for stamp in stamps])
    info = {**json.loads(metadata.get("midp_info", "{}")), RECOVERED: True}
    info.pop("success", None)  # of the whole attempt
    split = contract.observation_size
    times = np.array([seconds(stamp) for stamp in stamps])
    images = {
        image.name: StoredPictures([data[image_topic(image)][stamp] for stamp in stamps], decoded, str(path))
        for image in contract.images
    }
    return Episode(contract, times, rows[:, :split], rows[:, split:], info, str(path), images)


def _repair_bag(path: Path) -> Repair:
    try:
        done = bags.repair(path)
    except FileFormatError as e:
        return Repair(path, None, str(e))
    lost = f"; lost: {', '.join(done.damages)}" if done.damages else ""
    return Repair(path, done.path, f"{done.messages} messages, {done.duration_s:.1f} s kept{lost}")


def _repair_file(path: Path) -> Repair:
    if path.suffix == SUFFIX and not _damaged(path):
        return Repair(path, path, "whole, left as it is")
    lock = lock_folder(path.parent)
    target = path.with_name(path.name.removesuffix(UNFINISHED_SUFFIX))
    try:
        episode = recovered(path)
    except MidpError as e:
        return Repair(path, None, str(e))
    if target != path and target.exists():
        return Repair(path, None, f"{target} is there already; nothing to keep")
    trash = new_trash(path.parent) / path.name
    os.rename(path, trash)
    write_episode(target, episode)
    del lock
    return Repair(path, target, f"{len(episode)} whole steps kept; the damaged file is {trash}")


def _damaged(path: Path) -> bool:
    """Whether a recording cannot be read to its end."""
    try:
        if path.is_dir():
            return any(isinstance(r, Damage) for file in path.glob(f"*{SUFFIX}") for r in _records(file))
        read_episode(path)
    except MidpError:
        return True
    return False


def _records(file: Path) -> Iterator[object]:
    with open(file, "rb") as stream:
        yield from scan(stream)
