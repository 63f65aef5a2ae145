"""Which demonstrations are learned, which are held out, and what the user reads about the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from synthetic import reach_episode

from midp_ros.core.errors import FileFormatError
from midp_ros.core.step_times import StepTimeError
from midp_ros.learning.dataset import build_dataset
from midp_ros.learning.selection import select


def episodes(count: int) -> list:
    return [replace(reach_episode(seed), name=f"{seed}.mcap") for seed in range(count)]


def failed(episode):
    return replace(episode, info={**episode.info, "success": False})


def test_failures_are_left_out_unless_asked_for() -> None:
    recorded = episodes(3)
    recorded[1] = failed(recorded[1])
    chosen = select(recorded)
    assert [e.name for e in chosen.learned] == ["0.mcap", "2.mcap"]
    assert chosen.remarks == ["1 of 3 episodes failed and are left out; --keep-failed learns them"]
    kept = select(recorded, keep_failed=True)
    assert len(kept.learned) == 3 and kept.remarks == ["1 of 3 episodes failed and are learned, as configured"]
    with pytest.raises(FileFormatError, match="all 2 episodes are marked as failures; --keep-failed learns them"):
        select([failed(e) for e in episodes(2)])


def test_episodes_without_a_mark_are_learned() -> None:
    assert len(select([replace(e, info={}) for e in episodes(2)]).learned) == 2


@pytest.mark.parametrize(("count", "share", "wanted"), [(9, 0.05, 0), (10, 0.05, 1), (300, 0.05, 15), (300, 0.0, 0)])
def test_a_share_is_held_out_evenly(count: int, share: float, wanted: int) -> None:
    recorded = [replace(e, name=str(i)) for i, e in enumerate(episodes(1) * count)]
    chosen = select(recorded, held_out=share)
    assert (len(chosen.held_out), len(chosen.learned)) == (wanted, count - wanted)
    places = [int(e.name) for e in chosen.held_out]
    assert wanted < 2 or np.ptp(np.diff(places)) <= 1


def test_the_parts_of_an_attempt_are_held_out_together() -> None:
    """`midp data split` makes one attempt's parts episodes of their own, which begin where the one before ended."""
    recorded = [replace(e, name=str(i)) for i, e in enumerate(episodes(1) * 20)]
    whole = [e.name for e in select(recorded, held_out=0.2).held_out]
    parts = [replace(e, info={**e.info, "part_of": e.name}) for e in recorded for _ in range(3)]
    chosen = select(parts, held_out=0.2)
    assert [e.name for e in chosen.held_out] == [name for name in whole for _ in range(3)]
    assert not {e.name for e in chosen.learned} & set(whole) and len(chosen.learned) == 48


def test_gaps_and_impossible_times_are_named_once() -> None:
    recorded = episodes(4)
    late = recorded[2].time_s.copy()
    late[10:] += 30
    recorded[2] = recorded[3] = replace(recorded[2], time_s=late)
    (remark,) = select(recorded).remarks
    assert "2.mcap: 30.1 s lie between steps 9 and 10" in remark and "1 more episodes have gaps" in remark
    recorded[0] = replace(recorded[0], time_s=recorded[0].time_s[::-1].copy())
    with pytest.raises(StepTimeError, match=r"0\.mcap: .*record the episode again, or remove it"):
        select(recorded)


def test_what_gaps_leave_out_is_part_of_the_datas_hash_and_breaks_what_follows() -> None:
    whole = reach_episode(0)
    late = whole.time_s.copy()
    late[10:] += 30
    split = build_dataset([replace(whole, time_s=late)])
    # Chunks reach from one step before a window's newest to 14 after it: all of the first ten steps' cross the gap.
    assert len(split) == 19 and split.data_hash != build_dataset([whole]).data_hash
    assert split.following.tolist() == [min(i + 8, 18) for i in range(19)]
