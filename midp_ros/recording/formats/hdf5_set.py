"""An HDF5 file as robomimic lays it out (Mandlekar et al. 2021, `SequenceDataset`); no ROS.

data                  attributes: total (steps of all), env_args (JSON), midp_ros (the contract)
data/demo_<k>         attributes: num_samples, midp_ros_info
  actions             (steps, action_size) float64
  obs/<entry>         (steps, size) float64; obs/<camera> (steps, h, w, 3) uint8
  rewards, dones      (steps,): 1 at the last step of a success; 1 at the last step
  time_s              (steps,) float64, of ours only
mask/success, failure, train   names of the episodes that are marked so; train: all but the failures
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import writing
from midp_ros.core.files.output_folder import require_new
from midp_ros.recording.formats import sidecar, stranger
from midp_ros.recording.formats.demonstration import Camera, Demonstration, DemonstrationSet, images_of
from midp_ros.recording.formats.options import ReadOptions

FORMAT = "hdf5"
INFO = f"{sidecar.NAME}_info"


def write(path: Path, contract: Contract, demonstrations: Iterable[Demonstration]) -> None:
    """Writes a set episode by episode, under a temporary name until it is whole."""
    import h5py

    # `writing` has locked it
    with writing(require_new(path)) as stream, h5py.File(stream.name, "w", locking=False) as file:
        _write(file, contract, demonstrations)


def _write(file: Any, contract: Contract, demonstrations: Iterable[Demonstration]) -> None:
    data = file.create_group("data")
    data.attrs[sidecar.NAME] = sidecar.pack(contract)
    env_kwargs = {"control_freq": contract.rate_hz, "robots": [contract.robot]}
    data.attrs["env_args"] = json.dumps({"env_name": contract.skill, "type": 1, "env_kwargs": env_kwargs})
    masks: dict[str, list[str]] = {"success": [], "failure": [], "train": []}
    total = number = 0
    for number, demonstration in enumerate(demonstrations, 1):
        episode, name = demonstration.episode, f"demo_{number - 1}"
        _write_episode(data.create_group(name), demonstration)
        total += len(episode)
        chosen = {"success": episode.success, "failure": episode.failed, "train": not episode.failed}
        for mask, names in masks.items():
            names += [name] * chosen[mask]
    data.attrs["total"] = total
    for mask, names in masks.items():
        if names:
            file[f"mask/{mask}"] = np.array(names, dtype="S")


def _write_episode(group: Any, demonstration: Demonstration) -> None:
    episode = demonstration.episode
    last = np.arange(len(episode)) == len(episode) - 1
    group.attrs["num_samples"] = len(episode)
    group.attrs[INFO] = sidecar.info_json(episode)
    columns = {f"obs/{e.name}": episode.column(e.name) for e in episode.contract.observation}
    columns.update(actions=episode.action, time_s=episode.time_s)
    columns.update(dones=last.astype(np.int64), rewards=(last & episode.success).astype(np.float64))
    for name, values in columns.items():
        group.create_dataset(name, data=values)
    for name, camera in demonstration.cameras.items():
        pictures = camera.array()
        group.create_dataset(f"obs/{name}", data=pictures, chunks=(1, *pictures.shape[1:]), compression="gzip")


def read(path: Path, options: ReadOptions) -> DemonstrationSet:
    """Opens a set, of ours or of others; raises FileFormatError."""
    with _open(path) as file:
        if "data" not in file:
            raise FileFormatError(f"{path} has no group data; robomimic's layout is data/demo_0/obs/*")
        data = file["data"]
        names = sorted((n for n in data if "actions" in data[n]), key=_number)
        if not names:
            raise FileFormatError(f"{path} holds no episode: no group in data has actions")
        first, text = data[names[0]], data.attrs.get(sidecar.NAME)
        own = sidecar.unpack(text)[0] if text else None
        remarks = []
        if own and options.contract:
            own.require_match(options.contract, str(path), "the given contract")
        contract = options.contract or own
        if contract is None:
            contract = _derived(path, data, first, options)
            remarks.append(stranger.derived_remark(contract))
        if "time_s" not in first:
            remarks.append(f"{path} holds no times: step k is laid at k / {contract.rate_hz:g} s")
        cameras = tuple(n for n, values in first.get("obs", {}).items() if _is_picture(values))
        stranger.stacked(contract.observation, _columns(first), path, "observation")

    def each() -> Iterator[Demonstration]:
        for name in names:
            with _open(path) as file:
                shown = {camera: _camera(path, name, camera) for camera in cameras}
                episode = _episode(path, name, file["data"][name], contract, options, shown)
            yield Demonstration(episode, shown)

    return DemonstrationSet(FORMAT, contract, len(names), cameras, tuple(remarks), each)


def _open(path: Path) -> Any:
    import h5py

    try:
        return h5py.File(path, "r")
    except OSError as e:
        raise FileFormatError(f"{path} is damaged or not an HDF5 file: {e}") from None


def _episode(
    path: Path, name: str, group: Any, contract: Contract, options: ReadOptions, cameras: Mapping[str, Camera]
) -> Episode:
    where = f"{path}[{name}]"
    try:
        columns, action = _columns(group), np.asarray(group["actions"])
        time_s = np.asarray(group["time_s"]) if "time_s" in group else np.arange(len(action)) / contract.rate_hz
    except OSError as e:
        raise FileFormatError(f"{where} is damaged: {e}") from None
    lengths = {"actions": len(action), "time_s": len(time_s), **{f"obs/{k}": len(v) for k, v in columns.items()}}
    if len(set(lengths.values())) > 1:
        raise FileFormatError(f"{where}: not as many steps everywhere: {lengths}")
    observation = stranger.stacked(contract.observation, columns, where, "observation")
    actions = stranger.stacked(contract.action, {"actions": action}, where, "action")
    info: dict[str, Any] = {"task": options.task or contract.skill, "source": f"{path.name}[{name}]"}
    if "rewards" in group and INFO not in group.attrs:
        rewards = np.asarray(group["rewards"])
        if set(np.unique(rewards)) <= {0, 1}:  # sparse, as robosuite's tasks: 1 once the task is done
            info["success"] = bool(rewards.any())
    info = json.loads(group.attrs.get(INFO, "null")) or info
    return Episode(contract, time_s, observation, actions, info, where, images_of(contract, cameras, len(time_s)))


def _columns(group: Any) -> dict[str, NDArray]:
    if "obs" not in group:
        raise FileFormatError(f"{group.file.filename}[{group.name}] has no group obs")
    return {n: np.asarray(values) for n, values in group["obs"].items() if not _is_picture(values)}


def _camera(path: Path, name: str, camera: str) -> Camera:
    def frames() -> Iterator[NDArray[np.uint8]]:
        with _open(path) as file:
            yield from (np.asarray(picture) for picture in file["data"][name]["obs"][camera])

    return Camera(frames)


def _derived(path: Path, data: Any, first: Any, options: ReadOptions) -> Contract:
    arguments = json.loads(data.attrs.get("env_args", "{}"))
    rate_hz = options.rate_hz or arguments.get("env_kwargs", {}).get("control_freq")
    sizes = {name: int(np.prod(values.shape[1:])) for name, values in _columns(first).items()}
    action = {"action": int(first["actions"].shape[1])}
    skill = options.task or arguments.get("env_name") or path.stem
    return stranger.derived_contract(skill, stranger.require_rate(rate_hz, path), sizes, action)


def _is_picture(values: Any) -> bool:
    return values.ndim == 4 and values.shape[-1] == 3 and values.dtype == np.uint8


def _number(name: str) -> tuple[int, str]:
    digits = name.rpartition("_")[2]
    return (int(digits) if digits.isdigit() else -1, name)
