"""Where LeRobotDataset's versions keep what; imports the standard library only.

Source: https://huggingface.co/docs/lerobot/lerobot-dataset-v3 and the project's `datasets/utils.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CHUNK_SIZE = 1000  # files in a folder
DATA_FILE_MB, VIDEO_FILE_MB = 100, 200  # from which on v3 begins the next file
INFO, STATS = "meta/info.json", "meta/stats.json"
SIDECAR, EXACT = "meta/midp_ros.json", "meta/midp_ros.parquet"
MODALITY = "meta/modality.json"  # which part of a vector is what, for Isaac GR00T
STATE, ENVIRONMENT, ACTION = "observation.state", "observation.environment_state", "action"
IMAGES = "observation.images."


@dataclass(frozen=True)
class Layout:
    """Names of a version's files.

    Attributes:
        version: as `codebase_version` in meta/info.json.
        data, video: of one file, for its chunk, its number, and a video's key.
        one_file_each: whether every episode has files of its own.
    """

    version: str
    data: str
    video: str
    one_file_each: bool

    def place(self, number: int) -> tuple[int, int]:
        """The chunk of a file, and its number there: v3 counts within the chunk, v2.1 through the set."""
        chunk, within = divmod(number, CHUNK_SIZE)
        return chunk, number if self.one_file_each else within

    def data_path(self, chunk: int, file: int) -> Path:
        """A data file's path in the set."""
        return Path(self.data.format(chunk_index=chunk, episode_chunk=chunk, file_index=file, episode_index=file))

    def video_path(self, key: str, chunk: int, file: int) -> Path:
        """A video's path in the set."""
        names = {"chunk_index": chunk, "episode_chunk": chunk, "file_index": file, "episode_index": file}
        return Path(self.video.format(video_key=key, **names))


V3 = Layout(
    "v3.0",
    "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet",
    "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4",
    one_file_each=False,
)
V21 = Layout(
    "v2.1",
    "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet",
    "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4",
    one_file_each=True,
)
LAYOUTS = {layout.version: layout for layout in (V3, V21)}
EPISODES_V3, TASKS_V3 = "meta/episodes/chunk-000/file-000.parquet", "meta/tasks.parquet"
EPISODES_V21, TASKS_V21, EPISODE_STATS_V21 = "meta/episodes.jsonl", "meta/tasks.jsonl", "meta/episodes_stats.jsonl"
