"""The line of a long command: counts, speed, and when it ends."""

from __future__ import annotations

import io
from datetime import datetime, timedelta

from rich.console import Console

from midp_ros.cli.terminal.progress import ends_at, progress_bar, reading_bar

CURSOR_HIDDEN, CURSOR_SHOWN = "\x1b[?25l", "\x1b[?25h"


def test_the_speed_and_the_time_of_the_end_are_shown() -> None:
    out = io.StringIO()
    with progress_bar(Console(file=out, force_terminal=True, width=80), unit="steps") as progress:
        progress.get_time = iter(range(1000)).__next__  # type: ignore[method-assign, assignment]
        bar = progress.add_task("training", total=1000)
        for done in (10, 20, 30):
            progress.update(bar, completed=done)
        progress.get_time = lambda: 1000.0  # type: ignore[method-assign]
        progress.refresh()
    assert "steps/s, ends " in out.getvalue()


def test_what_is_read_is_shown_on_a_terminal_and_the_cursor_stays() -> None:
    shown, plain = io.StringIO(), io.StringIO()
    with reading_bar("reading demonstrations", Console(file=plain, width=100)) as progress:
        progress(3, 300)
    assert plain.getvalue() == ""
    with reading_bar("reading demonstrations", Console(file=shown, force_terminal=True, width=100)) as progress:
        progress(3, 300)
        text = shown.getvalue()
    assert text.rindex(CURSOR_SHOWN) > text.rindex(CURSOR_HIDDEN), "an interruption ends the process here"
    assert "reading demonstrations" in shown.getvalue() and "3/300" in shown.getvalue()


def test_an_end_on_another_day_has_its_date() -> None:
    now = datetime.now()
    assert ends_at(0.0) in {f"ends {now:%H:%M}", f"ends {now + timedelta(minutes=1):%H:%M}"}
    assert f"{now + timedelta(days=2):%a %d %b}" in ends_at(48 * 3600.0)
