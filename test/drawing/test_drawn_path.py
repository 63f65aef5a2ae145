"""Drawn paths against closed forms, and files that are no path."""

import numpy as np
import pytest

from midp_ros.core.errors import FileFormatError, MidpError, UnknownNameError
from midp_ros.drawing import DrawnPath, Placement, example_names
from midp_ros.drawing.csv_file import write_csv
from midp_ros.drawing.placement import vary


def svg(tmp_path, content, name="line.svg"):
    file = tmp_path / name
    file.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">{content}</svg>')
    return file


def length_m(points):
    return np.linalg.norm(np.diff(points, axis=0), axis=1).sum()


@pytest.mark.parametrize("shape", ['<circle cx="30" cy="40" r="20"/>', '<ellipse cx="3" cy="4" rx="20" ry="20"/>',
    '<path d="M 0 0 A 20 20 0 1 1 40 0 A 20 20 0 1 1 0 0"/>',
    '<g transform="translate(7 9) rotate(30) scale(2)"><circle cx="1" cy="2" r="5"/></g>'])  # fmt: skip
def test_a_circle_is_one(tmp_path, shape):
    """All points lie on the circle of the wanted size; its circumference is 2 pi r."""
    points = DrawnPath.load(svg(tmp_path, shape), Placement(size_m=0.2, height_m=0.12)).points_m
    radii = np.linalg.norm(points - [0.5, 0.0, 0.12], axis=1)
    assert abs(radii - 0.1).max() < 2e-4
    assert length_m(points) == pytest.approx(2 * np.pi * 0.1, rel=1e-3)
    np.testing.assert_allclose(points[0], points[-1], atol=1e-6)


@pytest.mark.parametrize("shape", [
    '<rect x="10" y="20" width="60" height="30"/>', '<polygon points="0,0 60,0 60,30 0,30"/>',
    '<polyline points="0,0 60,0 60,30 0,30 0,0"/>', '<path d="M10 10 h60 v30 h-60 z"/>',
])  # fmt: skip
def test_a_rectangle_is_one(tmp_path, shape):
    """Twice as wide as high: 24 cm to the arm's left and right, 12 cm away from it; 72 cm all around."""
    points = DrawnPath.load(svg(tmp_path, shape), Placement(size_m=0.24)).points_m
    np.testing.assert_allclose(points.min(axis=0), [0.44, -0.12, 0.15], atol=1e-9)
    np.testing.assert_allclose(points.max(axis=0), [0.56, 0.12, 0.15], atol=1e-9)
    assert length_m(points) == pytest.approx(0.72)


def test_up_points_away_from_the_arm_and_right_is_its_right(tmp_path):
    """An L from its top, down to the corner, to the right: seen from behind the arm."""
    points = DrawnPath.load(svg(tmp_path, '<polyline points="0,0 0,40 20,40"/>'), Placement(size_m=0.2)).points_m
    top, corner, right = points
    np.testing.assert_allclose(top - corner, [0.2, 0.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(right - corner, [0.0, -0.1, 0.0], atol=1e-9)


def test_a_drawing_of_two_columns_is_scaled_and_one_of_three_is_kept(tmp_path):
    file = tmp_path / "line.csv"
    file.write_text("# a comment\n0, 0\n100, 0\n100, 50\n")
    points = DrawnPath.load(file, Placement(size_m=0.1)).points_m
    assert length_m(points) == pytest.approx(0.15)
    write_csv(file, points)
    np.testing.assert_allclose(DrawnPath.load(file, Placement(size_m=0.3)).points_m, points, atol=5.1e-5)


def test_the_tool_points_down_turned_and_tilted():
    np.testing.assert_allclose(Placement().rotation @ [0, 0, 1], [0, 0, -1], atol=1e-12)
    tilted = Placement(tilt_rad=np.radians(20)).rotation @ [0, 0, 1]
    np.testing.assert_allclose(tilted, [np.sin(np.radians(20)), 0, -np.cos(np.radians(20))], atol=1e-12)
    np.testing.assert_allclose(Placement(yaw_rad=np.pi / 2).rotation @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_a_varied_path_keeps_its_shape():
    points = DrawnPath.load("freehand").points_m
    other = vary(points, np.random.default_rng(4))
    scale = length_m(other) / length_m(points)
    distances = [np.linalg.norm(p[:, None] - p[None], axis=2) for p in (points, other)]
    np.testing.assert_allclose(distances[1], scale * distances[0], atol=1e-9)
    assert not np.allclose(points.mean(axis=0), other.mean(axis=0))


def test_examples_ship():
    assert example_names() == ["circle", "freehand", "square"]
    digests = {DrawnPath.load(name).digest for name in example_names()}
    assert len(digests) == 3
    assert DrawnPath.load("square").digest != DrawnPath.load("square", Placement(size_m=0.1)).digest


@pytest.mark.parametrize(("content", "problem"), [
    ("", "is empty"), ("# nothing\n", "is empty"), ("0, 0\nnan, 1\n", "point 2 of 2 is no number"),
    ("1, 1\n", "single point"), ("1, 1\n1, 1\n", "single point"), ("0, 0\ninf, 1\n", "no number"),
    ("a, b\n", "is not a path"), ("0, 0, 0, 0\n1, 1, 1, 1\n", "4 numbers a line"), ("0 0\n1 1\n", "not a path"),
    ("0.5, 0, 0.1\n0.9, 0, 0.1\n", r"outside the workspace.*\(0.900, 0.000, 0.100\)"),
    ("0.5, 0, 0.1\n0.5, 0.1, -0.01\n", "outside the workspace"),
    ("0.5, 0, 0.1\n0.51, 0, 0.1\n", "0.010 m long"),
])  # fmt: skip
def test_a_csv_file_that_is_no_path(tmp_path, content, problem):
    file = tmp_path / "line.csv"
    file.write_text(content)
    with pytest.raises(FileFormatError, match=problem) as caught:
        DrawnPath.load(file)
    assert str(file) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(("content", "problem"), [
    ("", "no line"), ('<circle cx="1" cy="1" r="0"/>', "no line"), ("<text>hello</text>", "no line"),
    ('<rect width="1" height="1"/><circle r="2"/>', "2 separate"), ('<path d="M0 0 h9 M 0 5 h9"/>', "2 separate"),
    ('<path d="M 1 1 L 1 1"/>', "single point"),
])  # fmt: skip
def test_an_svg_file_that_is_no_path(tmp_path, content, problem):
    with pytest.raises(FileFormatError, match=problem):
        DrawnPath.load(svg(tmp_path, content))


SVG = '<svg xmlns="http://www.w3.org/2000/svg">'


@pytest.mark.parametrize("content", [
    "", "no xml", "<svg", "<html></html>",
    f'{SVG}<path d="M nan nan L 1 1"/></svg>', f'{SVG}<path d="M 0 0 C 1"/></svg>',
])  # fmt: skip
def test_a_damaged_svg_file(tmp_path, content):
    file = tmp_path / "line.svg"
    file.write_text(content)
    with pytest.raises(FileFormatError, match=str(file)):
        DrawnPath.load(file)


def test_what_is_neither_a_file_nor_an_example(tmp_path):
    with pytest.raises(UnknownNameError, match="square"):
        DrawnPath.load("triangle")
    for name in ("missing.svg", "missing.csv"):
        with pytest.raises(FileFormatError, match=name):
            DrawnPath.load(tmp_path / name)
    other = tmp_path / "line.txt"
    other.write_text("0, 0\n")
    with pytest.raises(MidpError, match="neither"):
        DrawnPath.load(other)


def test_a_drawing_too_large_says_what_to_do():
    with pytest.raises(FileFormatError, match="choose a smaller size"):
        DrawnPath.load("square", Placement(size_m=0.9))
