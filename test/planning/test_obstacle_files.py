"""Obstacles from files: what is refused, and in what words."""

from __future__ import annotations

import pytest

from midp_ros.core.errors import FileFormatError
from midp_ros.planning import read_obstacles

GOOD = "{name: shelf, shape: box, size_m: [0.3, 0.2, 0.02], position_m: [0.5, 0, 0.3]}"


def test_a_file_is_read(tmp_path):
    path = tmp_path / "scene.yaml"
    path.write_text(f"obstacles:\n  - {GOOD}\n")
    (shelf,) = read_obstacles(path)
    assert (shelf.name, shelf.size_m.tolist(), shelf.quaternion.tolist()) == ("shelf", [0.3, 0.2, 0.02], [0, 0, 0, 1])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("obstacles: 3", "need a list"),
        ("boxes: []", "unknown key 'boxes'"),
        (f"obstacles: [{GOOD}, {GOOD}]", "'shelf' is there twice"),
        ("obstacles: [{name: a, shape: cone, size_m: [1], position_m: [0, 0, 0]}]", "one of box, sphere, cylinder"),
        ("obstacles: [{name: a, shape: sphere, size_m: [1, 2], position_m: [0, 0, 0]}]", "need 1 finite number"),
        ("obstacles: [{name: a, shape: sphere, size_m: [-1], position_m: [0, 0, 0]}]", "above 0"),
        ("obstacles: [{name: a, shape: sphere, size_m: [1], position_m: [0, 0, .nan]}]", "finite number"),
        # Of a box as large as that coal finds no collision, and one as far as that ends in an error of its own.
        ("obstacles: [{name: a, shape: box, size_m: [1.0e+150, 1, 1], position_m: [0, 0, 0]}]", "size_m: .*in metres"),
        ("obstacles: [{name: a, shape: sphere, size_m: [1], position_m: [0, -1.0e+100, 0]}]", "up to 100, in metres"),
        ("obstacles: [{name: mm, shape: sphere, size_m: [50], position_m: [450, 0, 300]}]", "position_m: got .450"),
        (
            "obstacles: [{name: a, shape: box, size_m: [1, 1, 1], position_m: [0, 0, 0], quaternion: [0, 0, 0, 0]}]",
            "unit quaternion",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, reason):
    path = tmp_path / "scene.yaml"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=reason) as error:
        read_obstacles(path)
    assert "\n" not in str(error.value)
