"""Selection of the demonstrations that a training learns and of those that it only measures itself on.

Imports core only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midp_ros.core.episode import PART_OF, Episode
from midp_ros.core.errors import FileFormatError
from midp_ros.core.step_times import StepTimeError, gaps, uninterrupted_parts

FEWEST_TO_HOLD_OUT = 10  # attempts, of which one at least is held out


@dataclass(frozen=True)
class Selection:
    """Episodes to learn and to hold out, and remarks for the user on what is left out."""

    learned: list[Episode]
    held_out: list[Episode]
    remarks: list[str]

    @property
    def left_out(self) -> list[str]:
        """The remarks without advice for `midp train`."""
        return [remark.partition("; --")[0] for remark in self.remarks]


def select(episodes: Sequence[Episode], keep_failed: bool = False, held_out: float = 0.0) -> Selection:
    """Leaves out failures, checks the step times, and holds out a share of the attempts, evenly spaced.

    An attempt is an episode, or all parts of one that was cut: they are held out together.

    Args:
        held_out: share of the attempts, 0 to 0.5; at least one of 10 or more.

    Raises:
        FileFormatError: every episode is marked as a failure.
        StepTimeError: step times that no recording at the contract's rate has.
    """
    kept = [e for e in episodes if keep_failed or not e.failed]
    remarks = []
    if failed := len(episodes) - len(kept):
        if not kept:
            raise FileFormatError(f"all {failed} episodes are marked as failures; --keep-failed learns them")
        remarks.append(f"{failed} of {len(episodes)} episodes failed and are left out; --keep-failed learns them")
    elif failures := sum(e.failed for e in kept):
        remarks.append(f"{failures} of {len(kept)} episodes failed and are learned, as configured")
    remarks += _on_gaps(kept)
    attempts = _attempts(kept)
    chosen = _spread(len(set(attempts)), held_out)
    pairs = list(zip(kept, attempts, strict=True))
    return Selection([e for e, a in pairs if a not in chosen], [e for e, a in pairs if a in chosen], remarks)


def _attempts(episodes: Sequence[Episode]) -> list[int]:
    """The number of each episode's attempt, in the order in which they come."""
    sources = [episode.info.get(PART_OF, place) for place, episode in enumerate(episodes)]
    numbers = {source: number for number, source in enumerate(dict.fromkeys(sources))}
    return [numbers[source] for source in sources]


def _on_gaps(episodes: Sequence[Episode]) -> list[str]:
    """A line about gaps, if there are any; raises one StepTimeError for all episodes with impossible times."""
    found, impossible = [], []
    for episode in episodes:
        try:
            found.append(gaps(episode, uninterrupted_parts(episode)))
        except StepTimeError as e:
            impossible.append(str(e))
    if impossible:
        more = f" ({len(impossible) - 1} more episodes are alike)" if len(impossible) > 1 else ""
        raise StepTimeError(f"{impossible[0]}{more}; record the episode again, or remove it")
    found = [text for text in found if text]
    if not found:
        return []
    more = f" ({len(found) - 1} more episodes have gaps)" if len(found) > 1 else ""
    return [f"windows across a gap are left out: {found[0]}{more}"]


def _spread(count: int, share: float) -> set[int]:
    """Numbers of the attempts to hold out."""
    wanted = round(share * count)
    if share > 0 and count >= FEWEST_TO_HOLD_OUT:
        wanted = max(1, wanted)
    return set(((np.arange(wanted) + 0.5) * count / max(wanted, 1)).astype(int).tolist())
