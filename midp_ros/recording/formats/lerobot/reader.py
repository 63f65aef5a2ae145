"""Reads a LeRobotDataset v3.0 or v2.1, of ours or of others; no ROS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.recording.formats import sidecar, stranger
from midp_ros.recording.formats.demonstration import Camera, Demonstration, DemonstrationSet, images_of
from midp_ros.recording.formats.lerobot import layout as names
from midp_ros.recording.formats.lerobot import tables
from midp_ros.recording.formats.lerobot.features import element_names, grouped
from midp_ros.recording.formats.lerobot.layout import ACTION, IMAGES, LAYOUTS
from midp_ros.recording.formats.lerobot.pictures import cameras_of
from midp_ros.recording.formats.lerobot.writer import float32_columns
from midp_ros.recording.formats.options import ReadOptions

FORMATS = {"v3.0": "lerobot", "v2.1": "lerobot-v2.1"}
FLOAT32 = "values are float32 there, a relative error of at most 6e-8 (2^-24)"


def read(path: Path, options: ReadOptions) -> DemonstrationSet:
    """Opens a set; raises FileFormatError."""
    return Reader(path, options).opened()


class Reader:
    """A set on the disk."""

    def __init__(self, path: Path, options: ReadOptions):
        self.path, self.options = path, options
        self.info = tables.read_json(path / names.INFO)
        version = self.info.get("codebase_version")
        if version not in LAYOUTS:
            raise FileFormatError(f"{path} is a LeRobotDataset {version}; {' and '.join(LAYOUTS)} are read")
        self.layout, self.rate_hz = LAYOUTS[version], float(self.info["fps"])
        self.features: dict[str, dict[str, Any]] = self.info["features"]
        self.tasks = self._tasks()
        self.episodes = self._episodes()
        if not self.episodes:
            raise FileFormatError(f"{path} holds no episodes")
        own = path / names.SIDECAR
        self.own: Contract | None = None
        self.records: list[dict[str, Any]] = []
        if own.is_file():
            self.own, self.records = sidecar.unpack(own.read_text())
        self._data: tuple[Path | None, Any] = None, None

    def opened(self) -> DemonstrationSet:
        """The set."""
        remarks, given = [], self.options.contract
        if self.own and given:
            self.own.require_match(given, str(self.path), "the given contract")
        contract = given or self.own
        if contract is None:
            contract = self._derived()
            remarks.append(stranger.derived_remark(contract))
        if contract.rate_hz != self.rate_hz:
            raise FileFormatError(f"{self.path} has {self.rate_hz:g} Hz, the contract {contract.rate_hz:g} Hz")
        if not self.own:
            remarks.append(f"{self.path} is not of ours: {FLOAT32}; step k is laid at k / {self.rate_hz:g} s")
        shown = [key for key, f in self.features.items() if f["dtype"] in ("video", "image")]
        keys = {key.removeprefix(IMAGES).replace(".", "_"): key for key in shown}
        each = partial(self._each, contract, keys)
        name = FORMATS[self.layout.version]
        return DemonstrationSet(name, contract, len(self.episodes), tuple(keys), tuple(remarks), each)

    # --- episodes ---------------------------------------------------------------------------------------------------
    def _each(self, contract: Contract, cameras: dict[str, str]) -> Iterator[Demonstration]:
        records = sidecar.Records(self.records)
        exact = tables.read_parquet(self.path / names.EXACT) if (self.path / names.EXACT).is_file() else None
        for about in self.episodes:
            table = self._rows(about)
            found = cameras_of(self.path, self.layout, self.rate_hz, cameras, self.features, about, table)
            episode = self._episode(contract, about, table, found)
            sha256 = sidecar.digest(*float32_columns(episode).values())
            if record := records.take(sha256):
                episode = _restored(episode, record, exact)
            yield Demonstration(episode, found)

    def _rows(self, about: dict[str, Any]) -> Any:
        number = about["episode_index"]
        place = (about["data/chunk_index"], about["data/file_index"])
        path = self.path / self.layout.data_path(*place)
        if self._data[0] != path:
            self._data = path, tables.read_parquet(path)
        table = self._data[1]
        of_episode = tables.vectors(table["episode_index"])[:, 0] == number
        rows = np.flatnonzero(of_episode)
        if len(rows) != about["length"]:
            what = f"{len(rows)} rows of episode {number}, its meta data say {about['length']}"
            raise FileFormatError(f"{path} has {what}")
        return table.take(rows)

    def _episode(
        self, contract: Contract, about: dict[str, Any], table: Any, cameras: Mapping[str, Camera]
    ) -> Episode:
        number = about["episode_index"]
        where = f"{self.path}[{number}]"
        columns = self._numbers(table)
        action = {key: columns.pop(key) for key in list(columns) if key == ACTION or key.startswith("action.")}
        for key, entries in grouped(contract).items():  # ours: split by the names of the elements
            source = action if key == ACTION else columns
            if key in source and self.features[key].get("names") == element_names(entries):
                ends = np.cumsum([e.size for e in entries])[:-1]
                source.update(zip((e.name for e in entries), np.split(source.pop(key), ends, axis=1), strict=True))
        known = {key.removeprefix("observation."): values for key, values in columns.items()}
        observation = stranger.stacked(contract.observation, known, where, "observation")
        actions = stranger.stacked(contract.action, action, where, "action")
        task = about["tasks"][0] if about["tasks"] else contract.skill
        info: dict[str, Any] = {"task": self.options.task or task, "source": f"{self.path.name}[{number}]"}
        if "next.success" in table.column_names:
            info["success"] = bool(tables.vectors(table["next.success"])[-1, 0])
        time_s = np.arange(len(table)) / self.rate_hz
        images = images_of(contract, cameras, len(table))
        return Episode(contract, time_s, observation, actions, info, where, images)

    def _numbers(self, table: Any) -> dict[str, NDArray]:
        keys = list(self._sizes())
        if missing := [key for key in keys if key not in table.column_names]:
            raise FileFormatError(f"{self.path} lacks the column {missing[0]!r} that its meta data name")
        return {key: tables.vectors(table[key]) for key in keys}

    def _sizes(self) -> dict[str, int]:
        """Sizes of the numeric observations and actions."""
        return {
            key: int(np.prod(f["shape"]))
            for key, f in self.features.items()
            if f["dtype"] in tables.TYPES and key.startswith(("observation", "action"))
        }

    def _derived(self) -> Contract:
        sizes = self._sizes()
        action = {key: size for key, size in sizes.items() if key.startswith("action")}
        observation = {k.removeprefix("observation."): size for k, size in sizes.items() if k not in action}
        skill = self.options.task or self.path.name
        if not action or not observation:
            raise FileFormatError(f"{self.path} has no action or no observation; it has {', '.join(self.features)}")
        return stranger.derived_contract(skill, self.rate_hz, observation, action)

    # --- meta data --------------------------------------------------------------------------------------------------
    def _tasks(self) -> dict[int, str]:
        if self.layout.one_file_each:
            return {row["task_index"]: row["task"] for row in tables.read_lines(self.path / names.TASKS_V21)}
        table = tables.read_parquet(self.path / names.TASKS_V3)
        text = next((c for c in ("task", "__index_level_0__") if c in table.column_names), None)
        texts = table[text].to_pylist() if text else [""] * len(table)
        return dict(zip(table["task_index"].to_pylist(), texts, strict=True))

    def _episodes(self) -> list[dict[str, Any]]:
        if self.layout.one_file_each:
            rows = tables.read_lines(self.path / names.EPISODES_V21)
            for row in rows:
                row["data/file_index"] = row["episode_index"]
                row["data/chunk_index"] = row["episode_index"] // int(self.info.get("chunks_size", names.CHUNK_SIZE))
            return rows
        files = sorted((self.path / "meta/episodes").glob("chunk-*/file-*.parquet"))
        rows = []
        for file in files:
            table = tables.read_parquet(file)
            rows += table.select([c for c in table.column_names if not c.startswith("stats/")]).to_pylist()
        return rows


def _restored(episode: Episode, record: dict[str, Any], exact: Any) -> Episode:
    """The episode with the values and times that it had before it became float32."""
    name = episode.name
    if exact is None or record["row"] + record["steps"] > len(exact):
        return replace(episode, info=record["info"])
    rows = exact.slice(record["row"], record["steps"])
    time_s, observation, action = (tables.vectors(rows[key]) for key in ("time_s", "observation", "action"))
    found = replace(episode, time_s=time_s[:, 0], observation=observation, action=action, info=record["info"])
    if sidecar.digest(*float32_columns(found).values()) != record["sha256"]:
        raise FileFormatError(f"{name}: the exact values beside it belong to other data; remove {names.EXACT}")
    return found
