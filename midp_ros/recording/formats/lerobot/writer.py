"""Writes a LeRobotDataset v3.0 or v2.1; no ROS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.files.output_folder import writing_folder
from midp_ros.recording.formats import sidecar
from midp_ros.recording.formats.demonstration import Camera, Demonstration
from midp_ros.recording.formats.lerobot import layout as names
from midp_ros.recording.formats.lerobot import statistics, tables
from midp_ros.recording.formats.lerobot.features import grouped, modality, numeric_features, video_feature, whole
from midp_ros.recording.formats.lerobot.layout import IMAGES, V3, Layout
from midp_ros.recording.formats.lerobot.video import CODEC, VideoFile


def write(path: Path, contract: Contract, demonstrations: Iterable[Demonstration], layout: Layout = V3) -> None:
    """Writes a set; pictures are encoded as they come."""
    with writing_folder(path) as folder:
        writer = Writer(folder, contract, layout)
        for demonstration in demonstrations:
            writer.add(demonstration)
        writer.finish()


def float32_columns(episode: Episode) -> dict[str, NDArray[np.float32]]:
    """An episode's numbers as LeRobot holds them, (steps, size) by feature."""
    columns = {}
    for key, entries in grouped(episode.contract).items():
        values, slices = episode.observation, episode.contract.observation_slices
        if key == names.ACTION:
            values, slices = episode.action, episode.contract.action_slices
        columns[key] = np.hstack([values[:, slices[e.name]] for e in entries]).astype(np.float32)
    return columns


class Writer:
    """A set that is written episode by episode into a folder."""

    def __init__(self, folder: Path, contract: Contract, layout: Layout):
        self.folder, self.contract, self.layout = folder, contract, layout
        self.features = numeric_features(contract)
        self.tasks: dict[str, int] = {}
        self.episodes: list[dict[str, Any]] = []
        self.statistics: list[dict[str, Any]] = []
        self.records: list[dict[str, Any]] = []
        self.frames = 0
        self._data = tables.ParquetFile(folder / layout.data_path(0, 0))
        self._data_file = 0
        self._exact = tables.ParquetFile(folder / names.EXACT)
        self._videos: dict[str, VideoFile] = {}
        self._video_files: dict[str, int] = {}

    def add(self, demonstration: Demonstration) -> None:
        """Adds an episode."""
        episode = demonstration.episode
        number, steps = len(self.episodes), len(episode)
        task = str(episode.info.get("task") or self.contract.skill)
        about: dict[str, Any] = {"episode_index": number, "tasks": [task], "length": steps}
        columns = self._columns(episode, self.tasks.setdefault(task, len(self.tasks)))
        found = {key: statistics.of_values(values) for key, values in columns.items()}
        about.update(self._add_rows(columns, number))
        for camera, pictures in demonstration.cameras.items():
            about.update(self._add_video(IMAGES + camera, pictures, number, steps, found))
        self._add_exact(episode)
        self.statistics.append(found)
        self.episodes.append(about)
        self.frames += steps

    def finish(self) -> None:
        """Writes what describes the whole set."""
        for video in self._videos.values():
            video.close()
        for file in (self._data, self._exact):
            file.close()
        tables.write_json(self.folder / names.INFO, self._info())
        keys = self.statistics[0] if self.statistics else {}
        together = {key: statistics.together([s[key] for s in self.statistics]) for key in keys}
        tables.write_json(self.folder / names.STATS, together)
        cameras = tuple(key.removeprefix(IMAGES) for key in self.features if key.startswith(IMAGES))
        tables.write_json(self.folder / names.MODALITY, modality(self.contract, cameras))
        (self.folder / names.SIDECAR).write_text(sidecar.pack(self.contract, self.records))
        (self._write_v21 if self.layout.one_file_each else self._write_v3)()

    # --- an episode's rows ------------------------------------------------------------------------------------------
    def _columns(self, episode: Episode, task: int) -> dict[str, NDArray[Any]]:
        steps = np.arange(len(episode))
        index = {
            "timestamp": (steps / self.contract.rate_hz).astype(np.float32),
            "frame_index": steps,
            "episode_index": np.full(len(steps), len(self.episodes)),
            "index": self.frames + steps,
            "task_index": np.full(len(steps), task),
        }
        return {**float32_columns(episode), "next.done": steps == len(steps) - 1, **index}

    def _add_rows(self, columns: Mapping[str, NDArray[Any]], number: int) -> dict[str, Any]:
        import pyarrow as pa

        full = self._data.megabytes >= names.DATA_FILE_MB
        if number and (self.layout.one_file_each or full):
            self._data.close()
            self._data_file += 1
            self._data = tables.ParquetFile(self.folder / self.layout.data_path(*self.layout.place(self._data_file)))
        self._data.add(pa.table({key: tables.fixed_lists(values) for key, values in columns.items()}))
        chunk, file = self.layout.place(self._data_file)
        to = self.frames + len(columns["index"])
        return {
            "data/chunk_index": chunk,
            "data/file_index": file,
            "dataset_from_index": self.frames,
            "dataset_to_index": to,
        }

    def _add_video(self, key: str, camera: Camera, number: int, steps: int, found: dict[str, Any]) -> dict[str, Any]:
        sampled, kept = statistics.sampled_steps(steps), []
        video: VideoFile | None = None
        first = 0
        for step, picture in enumerate(camera.frames()):
            if video is None:
                video = self._video(key, picture.shape, number)
                first = video.frames
            video.add(picture)
            if step in sampled:
                kept.append(picture)
        found[key] = statistics.of_pictures(kept)
        chunk, file = self.layout.place(self._video_files[key])
        rate_hz = self.contract.rate_hz
        return {
            f"videos/{key}/chunk_index": chunk,
            f"videos/{key}/file_index": file,
            f"videos/{key}/from_timestamp": first / rate_hz,
            f"videos/{key}/to_timestamp": (first + steps) / rate_hz,
        }

    def _video(self, key: str, shape: tuple[int, ...], number: int) -> VideoFile:
        video = self._videos.get(key)
        if video and not self.layout.one_file_each and video.megabytes < names.VIDEO_FILE_MB:
            return video
        if video:
            video.close()
        file = number if self.layout.one_file_each else self._video_files.get(key, -1) + 1
        self._video_files[key] = file
        self.features.setdefault(key, video_feature(shape, self.contract.rate_hz, CODEC))
        path = self.folder / self.layout.video_path(key, *self.layout.place(file))
        self._videos[key] = VideoFile(path, shape, self.contract.rate_hz)
        return self._videos[key]

    def _add_exact(self, episode: Episode) -> None:
        import pyarrow as pa

        values = {"time_s": episode.time_s, "observation": episode.observation, "action": episode.action}
        self._exact.add(pa.table({key: tables.fixed_lists(column) for key, column in values.items()}))
        sha256 = sidecar.digest(*float32_columns(episode).values())
        self.records.append({"sha256": sha256, "info": episode.info, "row": self.frames, "steps": len(episode)})

    # --- the whole set ----------------------------------------------------------------------------------------------
    def _info(self) -> dict[str, Any]:
        layout, cameras = self.layout, sum(key.startswith(IMAGES) for key in self.features)
        info = {
            "codebase_version": layout.version,
            "robot_type": self.contract.robot,
            "total_episodes": len(self.episodes),
            "total_frames": self.frames,
            "total_tasks": len(self.tasks),
            "chunks_size": names.CHUNK_SIZE,
            "fps": whole(self.contract.rate_hz),
            "splits": {"train": f"0:{len(self.episodes)}"},
            "data_path": layout.data,
            "video_path": layout.video if cameras else None,
            "features": self.features,
        }
        if layout.one_file_each:
            chunks = -(-len(self.episodes) // names.CHUNK_SIZE)
            info.update(total_videos=cameras * len(self.episodes), total_chunks=chunks)
        else:
            info.update(data_files_size_in_mb=names.DATA_FILE_MB, video_files_size_in_mb=names.VIDEO_FILE_MB)
        return info

    def _write_v3(self) -> None:
        tables.write_tasks(self.folder / names.TASKS_V3, self.tasks)
        place = {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}
        rows = []
        for about, found in zip(self.episodes, self.statistics, strict=True):
            flat = {f"stats/{key}/{name}": value for key, s in found.items() for name, value in s.items()}
            rows.append({**about, **flat, **place})
        tables.write_rows(self.folder / names.EPISODES_V3, rows)

    def _write_v21(self) -> None:
        tasks = [{"task_index": number, "task": task} for task, number in self.tasks.items()]
        tables.write_lines(self.folder / names.TASKS_V21, tasks)
        episodes = [{k: about[k] for k in ("episode_index", "tasks", "length")} for about in self.episodes]
        tables.write_lines(self.folder / names.EPISODES_V21, episodes)
        shown = ("min", "max", "mean", "std", "count")
        rows = [
            {"episode_index": i, "stats": {key: {n: s[n] for n in shown} for key, s in found.items()}}
            for i, found in enumerate(self.statistics)
        ]
        tables.write_lines(self.folder / names.EPISODE_STATS_V21, rows)
