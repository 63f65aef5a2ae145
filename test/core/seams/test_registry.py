"""Registries: names of this package and of others, found without an import, and refused in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from midp_ros.core.errors import FileFormatError, UnknownNameError
from midp_ros.core.seams import CONTRACTS, REGISTRIES, ROBOTS, TASKS, EntryPointError, entry_points
from midp_ros.core.seams.registry import FileRegistry, Registry

THINGS = Registry("midp_ros_test.things", "thing", {"own": "midp_ros.core.errors:MidpError"})


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Makes a package importable, with the entry points that an installer would have written."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def make(distribution: str, points: str, **files: str) -> Path:
        information = tmp_path / f"{distribution.replace('-', '_')}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (information / "entry_points.txt").write_text(points)
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/").replace("_py", ".py").replace("_yaml", ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        entry_points.offers.cache_clear()
        return tmp_path

    yield make
    entry_points.offers.cache_clear()
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_another_package_s_name_is_there_without_being_imported(install):
    install("my-things", "[midp_ros_test.things]\nball = balls:Ball\n", balls_py="class Ball: ...")
    assert list(THINGS) == ["ball", "own"] and "ball" in THINGS and len(THINGS) == 2
    assert THINGS.labels() == ["ball (my-things)", "own"]
    assert "balls" not in sys.modules
    assert THINGS.load("ball").__name__ == "Ball" and "balls" in sys.modules


def test_colcon_s_and_develop_s_metadata_are_read_too(install, tmp_path):
    """They write an egg-info where pip writes a dist-info."""
    install("my-things", "[midp_ros_test.things]\nball = balls:Ball\n", balls_py="class Ball: ...")
    information = tmp_path / "my_things-1.0.dist-info"
    (information / "METADATA").rename(information / "PKG-INFO")
    information.rename(tmp_path / "my_things.egg-info")
    entry_points.offers.cache_clear()
    assert THINGS.labels() == ["ball (my-things)", "own"] and THINGS.load("ball").__name__ == "Ball"


def test_an_unknown_name_lists_what_there_is_and_who_brings_it(install):
    install("my-things", "[midp_ros_test.things]\nball = balls:Ball\n")
    with pytest.raises(UnknownNameError) as error:
        THINGS.load("bal")
    assert str(error.value) == "unknown thing 'bal'; known: ball (my-things), own; did you mean 'ball'?"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import nothing_like_it", "ModuleNotFoundError: No module named 'nothing_like_it'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def (", "SyntaxError: invalid syntax"),
        ("raise ValueError('first\\nsecond')", "ValueError: first"),
        ("", "AttributeError: module 'balls' has no attribute 'Ball'"),
    ],
)
def test_one_that_fails_to_import_says_so_in_one_line_and_leaves_the_others(install, source, said):
    install("my-things", "[midp_ros_test.things]\nball = balls:Ball\n", balls_py=source)
    with pytest.raises(EntryPointError) as error:
        THINGS.load("ball")
    assert str(error.value).startswith(f"thing 'ball' of package 'my-things': module balls cannot be loaded: {said}")
    assert "\n" not in str(error.value)
    assert THINGS.load("own").__name__ == "MidpError" and list(THINGS) == ["ball", "own"]


def test_a_name_that_two_packages_bring_is_named_with_both(install):
    install("first", "[midp_ros_test.things]\nball = balls:Ball\nown = balls:Ball\n")
    install("second", "[midp_ros_test.things]\nball = other:Ball\ncube = other:Cube\n")
    with pytest.raises(EntryPointError, match="thing 'ball' is brought by packages 'first' and 'second'"):
        THINGS.load("ball")
    with pytest.raises(EntryPointError, match="thing 'own' is brought by packages 'midp_ros' and 'first'"):
        THINGS.find("own")
    assert THINGS.find("cube").package == "second"


def test_files_lie_in_the_package_s_folder_which_is_not_imported(install):
    folder = install(
        "my-arms",
        "[midp_ros_test.arms]\nlong = my_arms.profiles\nlost = my_arms.profiles\nnowhere = my_arms.none\n",
        my_arms____init___py="", my_arms__profiles__long_yaml="name: long",
    )  # fmt: skip
    arms = FileRegistry("midp_ros_test.arms", "robot", "robots")
    assert {"fr3", "long", "panda"} <= set(arms)
    assert arms.path("long") == folder / "my_arms" / "profiles" / "long.yaml"
    assert arms.path("fr3").name == "fr3.yaml"
    assert "my_arms.profiles" not in sys.modules
    with pytest.raises(FileFormatError, match="robot 'lost' of package 'my-arms': there is no file .*lost.yaml"):
        arms.path("lost")
    with pytest.raises(EntryPointError, match="module my_arms.none is not a package with a folder"):
        arms.path("nowhere")


def test_a_path_is_taken_as_it_is(tmp_path):
    assert ROBOTS.path(tmp_path / "any.yaml") == tmp_path / "any.yaml"
    assert CONTRACTS.path("./here/any.yml") == Path("here/any.yml")
    assert CONTRACTS.path("~/any.yaml") == Path.home() / "any.yaml"


def test_every_built_in_name_can_be_loaded():
    pytest.importorskip("torch")
    pytest.importorskip("rclpy")
    for registry in REGISTRIES:
        for offer in registry.offers():
            assert registry.load(offer.name) is not None
    assert set(TASKS) >= {"pick", "push", "reach", "trace"}
