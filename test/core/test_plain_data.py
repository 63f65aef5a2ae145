"""One loader for every dataclass from plain data: errors name the place, the value and what would be right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from midp_ros.core.arrays import Array
from midp_ros.core.errors import FileFormatError
from midp_ros.core.plain_data import ConfigError, PathText, build, first_difference


@dataclass(frozen=True)
class Link:
    name: str
    mass_kg: float
    fixed: bool = False


@dataclass(frozen=True)
class Thing:
    count: int
    links: tuple[Link, ...]
    limits: Array | None = None
    pairs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


KEYS = "count, limits, links, options, pairs"
GOOD = {"count": 2, "links": [{"name": "a", "mass_kg": "1e-3"}, {"name": 7, "mass_kg": 2}], "limits": [1, "2.5"]}


def test_parts_arrays_and_mappings_become_what_the_class_asks_for():
    thing = build(Thing, {**GOOD, "pairs": {"a": ["b", "c"]}, "options": {"any": [1, {}]}}, "thing")
    assert thing.links == (Link("a", 0.001), Link("7", 2.0))
    np.testing.assert_array_equal(thing.limits, [1.0, 2.5])
    assert thing.pairs == {"a": ("b", "c")} and thing.options == {"any": [1, {}]}
    assert build(Thing, {"count": 1, "links": []}, "thing").limits is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cuont": 3}, f"thing: unknown key 'cuont'; known: {KEYS}; did you mean 'count'?"),
        ({"zzz": 3}, f"thing: unknown key 'zzz'; known: {KEYS}"),
        ({"count": 2.0}, "count: got 2.0, need a whole number"),
        ({"count": True}, "count: got True, need a whole number"),
        ({"links": {}}, "links: got {}, need a list"),
        ({"links": ["a"]}, "links[0]: got 'a', need a mapping with name, mass_kg, fixed"),
        ({"links": [{"name": "a"}]}, "links[a] lacks 'mass_kg'"),
        ({"links": [{"name": "a", "mass_kg": "heavy"}]}, "links[a].mass_kg: got 'heavy', need a finite number"),
        ({"links": [{"name": "a", "mass_kg": 1, "fixed": "no"}]}, "links[a].fixed: got 'no', need true or false"),
        ({"links": [{"name": ["a"], "mass_kg": 1}]}, "links[0].name: got ['a'], need a text"),
        ({"links": [{"nam": "a"}]}, "links[0]: unknown key 'nam'; known: fixed, mass_kg, name; did you mean 'name'?"),
        ({"limits": 3}, "limits: got 3, need a list of numbers"),
        ({"limits": [1, None]}, "limits[1]: got None, need a finite number"),
        ({"limits": [1, float("inf")]}, "limits[1]: got inf, need a finite number"),
        ({"pairs": ["a"]}, "pairs: got ['a'], need a mapping"),
        ({"pairs": {"a": "b"}}, "pairs.a: got 'b', need a list"),
    ],
)
def test_what_is_wrong_is_named(change, said):
    with pytest.raises(FileFormatError) as error:
        build(Thing, {**GOOD, **change}, "thing", FileFormatError)
    assert str(error.value) == said


def test_what_is_missing_or_no_mapping_is_named():
    with pytest.raises(ConfigError, match="thing lacks 'links'"):
        build(Thing, {"count": 1}, "thing")
    with pytest.raises(ConfigError, match=r"thing: got \[1\], need a mapping with count, links"):
        build(Thing, [1], "thing")
    with pytest.raises(ConfigError, match="^model.options.count: got 'x'"):
        build(Thing, {**GOOD, "count": "x"}, "options", path="model.options")


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "a.b: 1 != 2"),
        ({"a": [1, 2]}, {"a": [1]}, "a[1]: 2 != None"),
        ({"a": (1, 2)}, {"a": [1, 2]}, None),
        ({"l": [{"name": "x", "u": 1}]}, {"l": [{"name": "x", "u": 2}]}, "l[x].u: 1 != 2"),
        ({"l": [{"name": "x"}]}, {"l": []}, "l[x]: entry 'x' != None"),
        ({}, {"new": 1}, "new: None != 1"),
    ],
)
def test_the_first_difference_is_named_with_its_place(before, now, said):
    assert first_difference(before, now) == said


@dataclass
class Places:
    folder: PathText
    name: str = ""


def test_a_path_may_begin_with_the_home(monkeypatch):
    """`data: ~/demos` read, and `runs: ~/runs` made, a folder that is named `~`."""
    monkeypatch.setenv("HOME", "/home/me")
    assert build(Places, {"folder": "~/demos", "name": "~/x"}, "places") == Places("/home/me/demos", "~/x")
    with pytest.raises(ConfigError, match=r"folder: got \['a'\], need a text"):
        build(Places, {"folder": ["a"]}, "places")
