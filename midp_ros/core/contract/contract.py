"""The contract between robot, recording and policy; imports numpy and PyYAML only.

One YAML file names, for a skill, the robot profile, the policy's rate, the horizons and every observation and action
entry. It travels inside each recording, checkpoint and ONNX file, and is compared when one of them is loaded.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from midp_ros.core.contract.entries import Entry, Horizon, ImageEntry, entry_slices
from midp_ros.core.contract.scene_symmetry import SceneSymmetry
from midp_ros.core.errors import ContractError, ContractMismatchError
from midp_ros.core.files.yaml_file import read_yaml
from midp_ros.core.plain_data import build, first_difference
from midp_ros.core.seams import CONTRACTS

VERSION = 1
LIMITS, ENTRY_LIMITS = ("table_height_m",), ("low", "high", "max_speed")  # of what is plausible
AnyEntry = TypeVar("AnyEntry", Entry, ImageEntry)


@dataclass(frozen=True)
class Contract:
    """What a policy observes and commands: names, order, sizes, units, frames, rate and horizons.

    Attributes:
        table_height_m: of the table's plane in the arm's base frame [m]; None: unknown.
        images: of cameras, which are no part of the observation vector.
        scene_symmetry: how a whole scene may be moved; None: not declared.
    """

    skill: str
    robot: str
    rate_hz: float
    horizon: Horizon
    observation: tuple[Entry, ...]
    action: tuple[Entry, ...]
    version: int = VERSION
    table_height_m: float | None = None
    images: tuple[ImageEntry, ...] = ()
    scene_symmetry: SceneSymmetry | None = None

    def __post_init__(self) -> None:
        if self.version != VERSION:
            raise ContractError(f"contract version {self.version} is not supported; this package reads {VERSION}")
        if not self.rate_hz > 0:
            raise ContractError(f"rate_hz must be positive, got {self.rate_hz}")
        for group, entries in (("observation", self.observed), ("action", self.action)):
            names = [e.name for e in entries]
            if not names or not getattr(self, group):
                raise ContractError(f"{group} has no entries")
            if len(set(names)) != len(names):
                raise ContractError(f"{group} names an entry twice: {names}")
        observed = {e.name: e for e in self.observation}
        for e in (*self.observation, *self.action):
            if not e.relative_to:
                continue
            if e.relative_to not in observed:
                raise ContractError(f"entry {e.name!r}: relative_to {e.relative_to!r} is none of {list(observed)}")
            anchor = observed[e.relative_to]
            if anchor.size != e.size or anchor.relative_to:
                raise ContractError(f"entry {e.name!r}: relative_to {anchor.name!r} must be absolute and of its size")

    # --- sizes and places -------------------------------------------------------------------------------------------
    @property
    def step_s(self) -> float:
        """Duration of one control step [s]."""
        return 1.0 / self.rate_hz

    @property
    def first_executed(self) -> int:
        """Index in a predicted chunk of the action that belongs to the newest observation."""
        return self.horizon.observed - 1

    @property
    def observed(self) -> tuple[Entry | ImageEntry, ...]:
        """Every entry that is observed: those of the vector, and the images."""
        return (*self.observation, *self.images)

    @cached_property
    def observation_size(self) -> int:
        """Values in one recorded observation, those hidden from the policy included."""
        return sum(e.size for e in self.observation)

    @cached_property
    def action_size(self) -> int:
        """Values in one action."""
        return sum(e.size for e in self.action)

    @cached_property
    def observation_slices(self) -> dict[str, slice]:
        """Place of each entry in the observation vector."""
        return entry_slices(self.observation)

    @cached_property
    def action_slices(self) -> dict[str, slice]:
        """Place of each entry in the action vector."""
        return entry_slices(self.action)

    # --- reading, writing, comparing --------------------------------------------------------------------------------
    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Contract:
        """Builds a contract from plain data; raises ContractError naming what is unknown or missing."""
        contract: Contract = build(cls, data, "contract", ContractError)
        return contract

    @classmethod
    def load(cls, name: str | Path) -> Contract:
        """Reads a contract by name, this package's or another one's, or from a YAML file; nothing in it is executed.

        Raises:
            UnknownNameError: lists the known names.
            FileFormatError, ContractError: the file is missing, no YAML, or no contract.
        """
        path = CONTRACTS.path(name)
        data = read_yaml(path, "contract")
        try:
            return cls.from_dict(data)
        except ContractError as e:
            raise ContractError(f"{path}: {e}") from None

    @classmethod
    def from_json(cls, text: str) -> Contract:
        """Reads what `to_json` wrote."""
        try:
            return cls.from_dict(json.loads(text))
        except json.JSONDecodeError as e:
            raise ContractError(f"contract is not valid JSON: {e}") from None

    def in_namespace(self, namespace: str) -> Contract:
        """The contract with its topics' full names where the robot's nodes are in a namespace.

        A contract is for any arm of its kind: its topics move along with the robot, with or without a leading slash.
        """

        def moved(entry: AnyEntry) -> AnyEntry:
            parts = namespace.strip("/"), entry.topic.lstrip("/")
            return replace(entry, topic="/" + "/".join(filter(None, parts))) if entry.topic else entry

        observation = tuple(moved(entry) for entry in self.observation)
        return replace(self, observation=observation, images=tuple(moved(image) for image in self.images))

    def to_dict(self) -> dict[str, Any]:
        """Plain data; the inverse of `from_dict`. What is optional and not given is left out."""
        data = asdict(self)
        data["images"] = [{**image, "shape": list(image["shape"])} for image in data["images"]] or None
        data["scene_symmetry"] = self.scene_symmetry.to_dict() if self.scene_symmetry else None
        for group in ("observation", "action"):
            data[group] = [_without(entry, ENTRY_LIMITS, only_empty=True) for entry in data[group]]
        return _without(data, (*LIMITS, "images", "scene_symmetry"), only_empty=True)

    def to_json(self) -> str:
        """One line of JSON, keys in a fixed order."""
        return json.dumps(self.to_dict(), sort_keys=True)

    def first_difference(self, other: Contract) -> str | None:
        """Describes the first place where `other` differs, e.g. `rate_hz: 10.0 != 20.0`, or None.

        Limits of what is plausible may differ: they belong to the robot's surroundings, not to what was learned. So may
        the scene's symmetry, which says how to learn.
        """
        return first_difference(self.interface(), other.interface())

    def interface(self) -> dict[str, Any]:
        """What has to agree between two contracts: all but the limits and the scene's symmetry."""
        data = self.to_dict()
        for group in ("observation", "action"):
            data[group] = [_without(entry, ENTRY_LIMITS) for entry in data[group]]
        return _without(data, (*LIMITS, "scene_symmetry"))

    def with_known_limits(self) -> Contract:
        """This contract with the limits of the known one of its skill, if it has none and is the same otherwise.

        Models that were exported before there were limits have none.
        """
        if self.interface() != _without(self.to_dict(), ("scene_symmetry",)) or self.skill not in CONTRACTS:
            return self
        known = replace(Contract.load(self.skill), robot=self.robot, scene_symmetry=self.scene_symmetry)
        return self if self.first_difference(known) else known

    def declared_symmetry(self) -> SceneSymmetry | None:
        """The scene's symmetry; where this contract declares none, as in older recordings, that of its skill's own."""
        if self.scene_symmetry or self.skill not in CONTRACTS:
            return self.scene_symmetry
        return Contract.load(self.skill).scene_symmetry

    def require_match(self, other: Contract, mine: str, theirs: str) -> None:
        """Raises ContractMismatchError with the first difference; the message calls them `mine` and `theirs`."""
        difference = self.first_difference(other)
        if difference:
            raise ContractMismatchError(f"the contract of {mine} differs from that of {theirs}: {difference}")


def _without(data: dict[str, Any], keys: tuple[str, ...], only_empty: bool = False) -> dict[str, Any]:
    return {k: v for k, v in data.items() if k not in keys or (only_empty and v is not None)}
