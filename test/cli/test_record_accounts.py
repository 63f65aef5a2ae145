"""What `midp record` says at its end of episodes that teach little."""

from __future__ import annotations

import io
from pathlib import Path

from demonstrations import demonstration
from rich.console import Console

from midp_ros.accounting import Accountant
from midp_ros.cli.recording.accounts import print_weak, weakness


def test_weak_episodes_are_named_with_their_reasons(tmp_path: Path) -> None:
    accountant, weak = Accountant(), []
    for seed in range(24):
        weak += weakness(accountant, demonstration(seed, pause_steps=30 if seed in (22, 23) else 0), seed)
    assert {22, 23} <= {int(line.split(":")[0].removeprefix("seed ")) for line in weak} and len(weak) <= 4
    out = io.StringIO()
    print_weak(weak, 24, tmp_path, Console(file=out, width=400))
    assert f"{len(weak)} of 24 new episodes teach less than others" in out.getvalue()
    assert "seed 22: idle" in out.getvalue() and "`midp data rank" in out.getvalue()
    print_weak([], 24, tmp_path, Console(file=out))
    assert out.getvalue().count("of 24") == 1
