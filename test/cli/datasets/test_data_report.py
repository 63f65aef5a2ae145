"""The page of a data set: everything asked for is on it, nothing is fetched, and odd sets do not break it."""

import re

import numpy as np
import pytest
from moving_episodes import moving

from midp_ros.cli.app import command_line
from midp_ros.cli.reports.svg import MOST_POINTS, Line, histogram, plot
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.core.package_files import package_path
from midp_ros.data.motion import figures
from midp_ros.data.outliers import outliers
from midp_ros.recording import write_episode
from midp_ros.recording.formats import Camera, Demonstration, write_set


def page_of(source, tmp_path, *arguments):
    out = tmp_path / "page.html"
    command_line().main(["data", "report", str(source), "--out", str(out), *arguments], standalone_mode=False)
    return out.read_text()


def test_the_page_holds_paths_coverage_findings_outliers_and_pictures(tmp_path):
    def demonstrations():
        for seed in range(9):
            torn = moving(seed, steps=40 if seed else 90, success=seed != 2, failure={"reason": "it fell"})
            if seed == 5:
                torn.observation[:, 10:16] *= 1.1
            shown = np.full((len(torn), 32, 48, 3), 20 * seed, np.uint8)
            yield Demonstration(torn, {"front": Camera.of(shown)})

    first = next(iter(demonstrations())).episode
    write_set(tmp_path / "set.hdf5", "hdf5", first.contract, demonstrations())
    page = page_of(tmp_path / "set.hdf5", tmp_path)
    for words in ("top view, base frame", "side view, base frame", "goal_position", "10 Hz", "no rotation", "it fell"):
        assert words in page, words
    assert page.count('<details class="episode">') == 9 and page.count("data:image/jpeg") == 9 * 8
    assert "demo_0]" in page and ">8.9<" in page.partition("Unlike the others")[2][:3000], "90 steps are unlike 40"
    assert page.count('class="c0 many"') == 16 and page.count('class="c1 many"') == 2, "one failure in two views"
    assert not re.search(r'(src|href)="(?!data:)', page), "nothing is fetched"


def test_the_most_that_is_shown_is_said(tmp_path):
    for seed in range(4):
        write_episode(tmp_path / "set" / f"episode_{seed:06d}.mcap", moving(seed))
    page = page_of(tmp_path / "set", tmp_path, "--most", "3")
    assert "The first 3 of 4 episodes are shown" in page and page.count('<details class="episode">') == 3


def test_a_set_without_a_tool_and_with_one_short_episode(tmp_path):
    flat = Contract.load(package_path("config", "contracts", "pusht.yaml"))
    write_episode(
        tmp_path / "set" / "episode_000000.mcap",
        Episode(flat, np.arange(2) / 10, np.ones((2, 6)), np.ones((2, 2)), {"note": "<b>"}, "flat"),
    )
    page = page_of(tmp_path / "set", tmp_path)
    assert "never moves" in page and "&lt;b&gt;" in page and "side view" not in page


def test_no_set_is_no_page(tmp_path):
    with pytest.raises(FileFormatError):
        page_of(tmp_path, tmp_path)


def test_plots_place_values_and_thin_long_lines():
    line = np.stack([np.linspace(0, 1, 1000), np.linspace(0, 2, 1000)], axis=1)
    svg = plot([Line(line, title="it")], "x", "y", 200, 100)
    places = np.array([p.split(",") for p in re.search(r'points="([^"]+)"', svg)[1].split()], float)
    assert len(places) == MOST_POINTS and (np.diff(places[:, 0]) > 0).all() and (np.diff(places[:, 1]) < 0).all()
    assert "<title>it</title>" in svg
    square = plot([Line(np.array([[0, 0], [1, 1.0]]))], "x", "y", 400, 200, equal=True)
    (x0, y0), (x1, y1) = (map(float, p.split(",")) for p in re.search(r'points="([^"]+)"', square)[1].split())
    assert x1 - x0 == pytest.approx(y0 - y1, abs=0.3), "a metre is as long in both directions"
    columns = histogram([1, 1, 1, 2, float("nan")], "s")
    heights = [float(h) for h in re.findall(r'class="column"[^>]*height="([\d.]+)"', columns)]
    assert heights[0] == pytest.approx(3 * heights[-1], rel=0.02)


def test_outliers_need_company_and_equal_episodes_have_none():
    usual = [figures(moving(0)) for _ in range(9)]
    assert outliers(usual) == [] and outliers([figures(moving(0, 200)), *usual[:5]]) == []
    found = outliers([figures(moving(0, 200)), *usual])
    assert (found[0].episode, found[0].figure) == (0, "duration [s]")
