"""Contracts of sets that other software wrote: given by the user and checked, or derived; imports core, no ROS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.errors import FileFormatError

HORIZON = Horizon(observed=2, predicted=16, executed=8)  # Chi et al. 2023
UNKNOWN = "none"  # robot: no profile of that name, so no node can put such a policy on an arm


def derived_contract(skill: str, rate_hz: float, observation: Mapping[str, int], action: Mapping[str, int]) -> Contract:
    """A contract with the names and sizes of a set; units and frames are unknown, and it names no robot."""
    return Contract(
        entry_name(skill) or "imported",
        UNKNOWN,
        float(rate_hz),
        HORIZON,
        tuple(Entry(entry_name(name), size, "1") for name, size in observation.items()),
        tuple(Entry(entry_name(name), size, "1") for name, size in action.items()),
    )


def derived_remark(contract: Contract) -> str:
    """The sentence about a derived contract."""
    names = ", ".join(e.name for e in (*contract.observation, *contract.action))
    return (
        f"no contract travels with this set: one was derived ({names}; units and frames unknown, robot 'none'); "
        "--contract NAME gives one"
    )


def require_rate(rate_hz: float | None, path: object) -> float:
    """The rate of a set that does not state its own; raises FileFormatError without one."""
    if rate_hz is None:
        raise FileFormatError(f"{path} does not state its rate; give --rate-hz, or --contract")
    return rate_hz


def entry_name(key: str) -> str:
    """A key as the name of a contract's entry."""
    return re.sub(r"\W+", "_", key).strip("_")


def stacked(
    entries: tuple[Entry, ...], arrays: Mapping[str, NDArray[Any]], path: object, what: str
) -> NDArray[np.float64]:
    """The entries' values (steps, size) in the contract's order: from arrays of their names, or the one of that size.

    Args:
        arrays: (steps, ...) by key; what is more than one number a step is flattened.

    Raises:
        FileFormatError: neither; lists what the set has.
    """
    flat = {entry_name(key): value.reshape(len(value), -1) for key, value in arrays.items()}
    if all(e.name in flat for e in entries):
        for e in entries:
            if flat[e.name].shape[1] != e.size:
                size = flat[e.name].shape[1]
                raise FileFormatError(f"{path}: {what} {e.name!r} has {size} values, the contract asks for {e.size}")
        return np.hstack([flat[e.name] for e in entries]).astype(np.float64)
    total = sum(e.size for e in entries)
    whole = [value for value in flat.values() if value.shape[1] == total]
    if len(whole) == 1:
        return whole[0].astype(np.float64)
    missing = ", ".join(e.name for e in entries if e.name not in flat)
    has = ", ".join(f"{key} ({value.shape[1]})" for key, value in flat.items())
    raise FileFormatError(
        f"{path}: the contract's {what} needs {missing}, or one array of {total} values; the set has {has or 'nothing'}"
    )
