"""A zarr folder as the Diffusion Policy project lays it out (Chi et al. 2023, `ReplayBuffer`); no ROS.

    data/<observation entry>  (steps, size) float64     data/action     (steps, action_size) float64
    data/<camera>             (steps, h, w, 3) uint8    data/timestamp  (steps,) float64 [s]
    meta/episode_ends         (episodes,) int64, exclusive

Zarr's version 2, which the project's own zarr reads. The contract and each episode's info are attributes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.files.output_folder import writing_folder
from midp_ros.recording.formats import sidecar, stranger
from midp_ros.recording.formats.demonstration import Camera, Demonstration, DemonstrationSet, images_of
from midp_ros.recording.formats.options import ReadOptions

FORMAT = "zarr"
ACTION, TIME = "action", "timestamp"
ENDS = "episode_ends"


def write(path: Path, contract: Contract, demonstrations: Iterable[Demonstration]) -> None:
    """Writes a set; the small arrays stay in memory until its end, pictures do not."""
    with writing_folder(path) as folder:
        _Writer(folder, contract).write(demonstrations)


class _Writer:
    def __init__(self, folder: Path, contract: Contract):
        self.contract = contract
        self.root = _new_group(folder)
        self.data, self.meta = self.root.create_group("data"), self.root.create_group("meta")
        self.pictures: dict[str, Any] = {}
        self.columns: dict[str, list[NDArray]] = {}
        self.ends: list[int] = []
        self.infos: list[dict[str, Any]] = []

    def write(self, demonstrations: Iterable[Demonstration]) -> None:
        for demonstration in demonstrations:
            self.add(demonstration)
        for name, parts in self.columns.items():
            _fill(self.data, name, np.concatenate(parts))
        _fill(self.meta, ENDS, np.array(self.ends, np.int64))
        self.root.attrs[sidecar.NAME] = sidecar.pack(self.contract, self.infos)

    def add(self, demonstration: Demonstration) -> None:
        episode = demonstration.episode
        start = self.ends[-1] if self.ends else 0
        columns = {e.name: episode.column(e.name) for e in self.contract.observation}
        taken = {ACTION, TIME, *demonstration.cameras}
        if clash := taken & set(columns):
            raise FileFormatError(f"observation {clash.pop()!r} has a name that zarr's layout needs for something else")
        for name, values in {**columns, ACTION: episode.action, TIME: episode.time_s}.items():
            self.columns.setdefault(name, []).append(values)
        for name, camera in demonstration.cameras.items():
            self.add_pictures(name, camera.array(), start)
        self.ends.append(start + len(episode))
        self.infos.append({"info": episode.info, "sha256": _digest(episode)})

    def add_pictures(self, name: str, pictures: NDArray[np.uint8], start: int) -> None:
        shape = pictures.shape[1:]
        if name not in self.pictures:
            self.pictures[name] = _create(self.data, name, (0, *shape), (1, *shape), pictures.dtype)
        array = self.pictures[name]
        array.resize((start + len(pictures), *shape))
        array[start:] = pictures


def read(path: Path, options: ReadOptions) -> DemonstrationSet:
    """Opens a set, of ours or of others; raises FileFormatError."""
    root = _open(path)
    try:
        data = {name: root["data"][name] for name in sorted(root["data"].array_keys())}
        ends = np.asarray(root["meta"][ENDS]).astype(np.int64)
    except KeyError as e:
        raise FileFormatError(f"{path} lacks {e}; the layout is data/* and meta/episode_ends") from None
    _check(path, data, ends)
    cameras = {name: array for name, array in data.items() if _is_picture(array)}
    columns = {name: np.asarray(array) for name, array in data.items() if name not in cameras}
    text = root.attrs.get(sidecar.NAME)
    contract, records = sidecar.unpack(text) if text else (None, [])
    source = _Source(path, cameras, columns, ends, records)
    return source.opened(contract, options)


class _Source:
    def __init__(
        self,
        path: Path,
        cameras: dict[str, Any],
        columns: dict[str, NDArray],
        ends: NDArray[np.int64],
        records: list[dict[str, Any]],
    ):
        self.path, self.cameras, self.ends = path, cameras, ends
        self.action, self.time = columns.pop(ACTION), columns.pop(TIME, None)
        self.columns = columns
        self.records = records

    def opened(self, own: Contract | None, options: ReadOptions) -> DemonstrationSet:
        remarks = []
        if own and options.contract:
            own.require_match(options.contract, str(self.path), "the given contract")
        contract = options.contract or own
        if contract is None:
            contract = self.derived(options)
            remarks.append(stranger.derived_remark(contract))
        if self.time is None:
            remarks.append(f"{self.path} holds no times: step k is laid at k / {contract.rate_hz:g} s")
        observation = stranger.stacked(contract.observation, self.columns, self.path, "observation")
        action = stranger.stacked(contract.action, {ACTION: self.action}, self.path, "action")

        def each() -> Iterator[Demonstration]:
            start, records = 0, sidecar.Records(self.records)
            for number, end in enumerate(self.ends):
                part = slice(start, int(end))
                demonstration = self.demonstration(contract, number, part, observation[part], action[part])
                own_record = records.take(_digest(demonstration.episode))
                made_up = {"task": options.task or contract.skill, "source": f"{self.path.name}[{number}]"}
                demonstration.episode.info.update(own_record["info"] if own_record else made_up)
                yield demonstration
                start = int(end)

        return DemonstrationSet(FORMAT, contract, len(self.ends), tuple(self.cameras), tuple(remarks), each)

    def derived(self, options: ReadOptions) -> Contract:
        rate_hz = options.rate_hz
        if rate_hz is None and self.time is not None and self.ends[0] > 1:
            rate_hz = round(1 / float(np.median(np.diff(self.time[: self.ends[0]]))), 3)
        sizes = {name: int(np.prod(array.shape[1:])) for name, array in self.columns.items()}
        actions = {ACTION: int(np.prod(self.action.shape[1:]))}
        skill = options.task or self.path.name.partition(".")[0]
        return stranger.derived_contract(skill, stranger.require_rate(rate_hz, self.path), sizes, actions)

    def demonstration(
        self, contract: Contract, number: int, part: slice, observation: NDArray, action: NDArray
    ) -> Demonstration:
        steps, name = len(action), f"{self.path}[{number}]"
        time_s = np.arange(steps) / contract.rate_hz if self.time is None else self.time[part].astype(np.float64)
        cameras = {camera: _camera(array, part) for camera, array in self.cameras.items()}
        images = images_of(contract, cameras, steps)
        return Demonstration(Episode(contract, time_s, observation, action, {}, name, images), cameras)


def _digest(episode: Episode) -> str:
    return sidecar.digest(episode.time_s, episode.observation, episode.action)


def _camera(array: Any, part: slice) -> Camera:
    return Camera(lambda: (np.asarray(array[step]) for step in range(part.start, part.stop)))


def _is_picture(array: Any) -> bool:
    return array.ndim == 4 and array.shape[-1] == 3 and array.dtype == np.uint8


def _check(path: Path, data: dict[str, Any], ends: NDArray[np.int64]) -> None:
    if ACTION not in data:
        raise FileFormatError(f"{path} has no data/{ACTION}; it has {', '.join(data) or 'nothing'}")
    steps = data[ACTION].shape[0]
    for name, array in data.items():
        if array.shape[0] != steps:
            raise FileFormatError(f"{path}: data/{name} has {array.shape[0]} steps, data/{ACTION} has {steps}")
    if ends.ndim != 1 or not len(ends) or ends[-1] != steps or (np.diff(ends, prepend=0) < 1).any():
        raise FileFormatError(f"{path}: meta/{ENDS} does not rise from above 0 to {steps}, the number of steps")


def _open(path: Path) -> Any:
    import zarr

    try:
        store = zarr.storage.ZipStore(str(path), mode="r") if path.is_file() else str(path)
        return zarr.open_group(store, mode="r")
    except MidpError:
        raise
    except Exception as e:  # zip, codecs and zarr raise what they like at damaged bytes
        raise FileFormatError(f"{path} is damaged or not a zarr file: {e or type(e).__name__}") from None


def _new_group(folder: Path) -> Any:
    import zarr

    second: dict[str, Any] = {} if zarr.__version__.startswith("2.") else {"zarr_format": 2}
    return zarr.open_group(str(folder), mode="w", **second)


def _create(group: Any, name: str, shape: tuple[int, ...], chunks: tuple[int, ...], dtype: np.dtype) -> Any:
    """An empty array, compressed without loss, by either version of zarr's interface."""
    from numcodecs import Blosc

    compressor = Blosc(cname="zstd", clevel=3, shuffle=Blosc.SHUFFLE)
    if hasattr(group, "create_array"):
        return group.create_array(name, shape=shape, chunks=chunks, dtype=dtype, compressors=compressor)
    return group.create_dataset(name, shape=shape, chunks=chunks, dtype=dtype, compressor=compressor)


def _fill(group: Any, name: str, values: NDArray) -> None:
    array = _create(group, name, values.shape, (max(1, min(len(values), 65536)), *values.shape[1:]), values.dtype)
    array[:] = values
