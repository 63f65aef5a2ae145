"""Pages of a run stand by themselves: no address, no script, texts as they are."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from midp_ros.cli.evaluation.worst import WorstEpisodes
from midp_ros.cli.reports.evaluation_page import evaluation_page
from midp_ros.cli.reports.page import Page, bar, picture, table
from midp_ros.cli.terminal.failures import counted, rows


class Reader(HTMLParser):
    """Checks that what is opened is closed, and collects texts and addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.addresses: list[str] = []

    def handle_starttag(self, tag, attributes):
        self.addresses += [v for k, v in attributes if k in ("src", "href")]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def read(page: Page) -> Reader:
    reader = Reader()
    reader.feed(page.text())
    assert not reader.open
    return reader


def episode(seed, success=False, reason="timeout: x", reflexes=(), error_m=0.1, duration_s=5.0):
    failure = None if success else {"reason": reason, "details": f"<{seed}> & more"}
    figures = {"position_error_m": error_m, "duration_s": duration_s}
    return {"seed": seed, "success": success, "failure": failure, "reflexes": list(reflexes), **figures}


def test_an_evaluations_page_holds_everything_it_shows():
    episodes = [episode(1), episode(2, reason="reflex: y"), episode(3), episode(4, success=True)]
    page = evaluation_page(
        "Evaluation of <m>", "4 episodes", "1 of 4 episodes succeeded", False, [("25 %", "success")],
        counted(episodes), [("seed 2", b"GIF89a")], ["seed", "outcome", "reason"],
        [[str(e["seed"]), "", ""] for e in episodes], [("command", "midp evaluate 'a b'")],
    )  # fmt: skip
    reader = read(page)
    assert reader.addresses and all(a.startswith("data:image/") for a in reader.addresses)
    assert not re.search(r"<script|https?:|@import|url\(", page.text())
    for text in ("Evaluation of <m>", "seed 1: <1> & more", "timeout: x", "reflex: y", "midp evaluate 'a b'"):
        assert text in reader.texts
    assert page.text().count('class="bar"') == 2


def test_cells_are_texts_unless_they_are_made_here():
    page = Page("t")
    page.section("s", table(["<a>", "b"], [["<b>x</b>", bar(0.5)]], numbers=[0]), picture(b"x", "png", '"quoted"'))
    assert "<b>x</b>" in read(page).texts and "width:50.0%" in page.text()


def test_reasons_are_counted_by_how_often_they_occur():
    found = counted([episode(s) for s in range(8)] + [episode(9, reason="reflex: y"), episode(10, success=True)])
    assert [(f["reason"], f["count"]) for f in found] == [("timeout: x", 8), ("reflex: y", 1)]
    assert rows(found)[0] == ["timeout: x", "8", "0, 1, 2, 3, 4, 5 and 2 more", "<0> & more"]
    assert counted([episode(1, success=True)]) == []


def test_the_worst_are_failures_then_reflexes_before_timeouts_then_the_slowest():
    kept = WorstEpisodes(4)
    for e in (
        episode(1, success=True, duration_s=3.0), episode(2, success=True, duration_s=9.0), episode(3, error_m=0.2),
        episode(4, reflexes=["r"], error_m=0.01), episode(5, error_m=0.3),
    ):  # fmt: skip
        kept.add(e, e["seed"])
    assert [recording for _, recording in kept] == [4, 5, 3, 2]
    rewards = WorstEpisodes(2)
    for seed, reward in ((1, 0.9), (2, 0.1), (3, 0.5)):
        rewards.add({"seed": seed, "max_reward": reward})
    assert [e["seed"] for e, _ in rewards] == [2, 3]
    assert list(WorstEpisodes(0)) == []
