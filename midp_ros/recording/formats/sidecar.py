"""What other formats have no place for: contract, info, exact times and values; imports core, no ROS.

It travels as JSON in an attribute or a file beside the data. A record belongs to an episode by the hash of that
episode's values, so a set that other tools have shortened, sorted or edited gets back what still fits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode

NAME = "midp_ros"


def digest(*arrays: NDArray[Any]) -> str:
    """SHA-256 of shapes and values."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(f"{array.dtype.str}{array.shape}".encode())
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()


def pack(contract: Contract, records: list[dict[str, Any]] | None = None) -> str:
    """JSON of the contract and of what belongs to episodes: records with `sha256` of their values."""
    return json.dumps({"contract": contract.to_dict(), "episodes": records or []}, sort_keys=True, default=plain)


def info_json(episode: Episode) -> str:
    """An episode's info as JSON."""
    return json.dumps(episode.info, sort_keys=True, default=plain)


def unpack(text: str) -> tuple[Contract, list[dict[str, Any]]]:
    """The inverse of `pack`; raises ContractError."""
    data = json.loads(text)
    return Contract.from_dict(data["contract"]), list(data["episodes"])


class Records:
    """Records by the hash of the values that they belong to; of equal episodes, in their order."""

    def __init__(self, records: Iterable[dict[str, Any]]):
        self._left: dict[str, list[dict[str, Any]]] = {}
        for record in records:
            self._left.setdefault(record["sha256"], []).append(record)

    def take(self, sha256: str) -> dict[str, Any] | None:
        """The next record of these values, or None."""
        found = self._left.get(sha256)
        if not found:
            return None
        return found.pop(0) if len(found) > 1 else found[0]


def plain(value: Any) -> Any:
    """Numpy's values as plain data, for JSON."""
    if isinstance(value, (np.generic, np.ndarray)):
        return value.tolist()
    raise TypeError(f"an episode's info holds plain data, got {type(value).__name__}: {value!r}")
