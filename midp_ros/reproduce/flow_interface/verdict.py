"""What is true of the claim: flow against plain policies by scenes, where 95 % intervals do not overlap."""

from __future__ import annotations

from collections.abc import Sequence

from midp_ros.core.statistics import wilson_interval
from midp_ros.reproduce.flow_interface.learners import FLOW, LEARNERS, PLAIN, RELATIVE, SAYS
from midp_ros.reproduce.flow_interface.scenes import SCENES, TRAINING

GROUPS = {
    "the training scene": (TRAINING,),
    "another size of the box": ("smaller box", "larger box"),
    "a higher table": ("higher table",),
    "both": ("smaller box, higher table",),
}
LIMITS = (
    "What is not separated, and may be the reason of a difference: the flow's keypoints are spread in training, which "
    "tells it of other sizes, and those of the plain policies are not; no policy has seen another width of the gripper "
    "on a held box."
)
FEWER = " The plain policies have learned from fewer episodes with actions."
Counts = dict[str, dict[str, tuple[int, int, int]]]
"""By learner and scene: successes, episodes and reflexes, over all training seeds."""


def verdict(counts: Counts, fewer: bool) -> str:
    """By groups of scenes, and over all in which nothing was learned.

    Args:
        fewer: the plain policies have learned from fewer episodes with actions.
    """
    if not {FLOW, PLAIN, RELATIVE} <= set(counts):
        return "Open: not all policies are trained."
    lines = [f"- {group}: {_compared(counts, scenes)}" for group, scenes in GROUPS.items()]
    others = [scene for scene in SCENES if scene != TRAINING]
    carries, view = (_sign(counts, other, others) for other in (PLAIN, RELATIVE))
    where = "Over all scenes in which nothing was learned,"
    lines += [
        "",
        {
            1: f"{where} the flow carries over where the plain policy does not.",
            0: f"{where} flow and plain policy are not told apart: the claim is not shown here.",
            -1: f"{where} the plain policy does better: the claim does not hold here.",
        }[carries],
        {
            1: "A plain policy that sees all from the tool, too, stays behind the flow.",
            0: "A plain policy that sees all from the tool, too, is not told apart from the flow: the view may be what "
            "carries over.",
            -1: "A plain policy that sees all from the tool, too, does better than the flow: the view is what carries "
            "over.",
        }[view],
        LIMITS + (FEWER if fewer else ""),
    ]
    return "\n".join(lines)


def _compared(counts: Counts, scenes: Sequence[str]) -> str:
    said = {1: ", the flow is better", 0: ", not told apart", -1: ", the flow is worse"}
    rates = {learner: rate(*_total(counts, learner, scenes)) for learner in LEARNERS}
    others = [f"{SAYS[other]} {rates[other]}{said[_sign(counts, other, scenes)]}" for other in (PLAIN, RELATIVE)]
    return f"flow {rates[FLOW]}; {'; '.join(others)}."


def _sign(counts: Counts, other: str, scenes: Sequence[str]) -> int:
    """1: the flow's interval is above another policy's, -1: below, 0: they overlap."""
    flow, its = (wilson_interval(*_total(counts, learner, scenes)) for learner in (FLOW, other))
    return int(flow[0] > its[1]) - int(flow[1] < its[0])


def _total(counts: Counts, learner: str, scenes: Sequence[str]) -> tuple[int, int]:
    """Successes and episodes of a policy over scenes."""
    successes, episodes = (sum(counts[learner][scene][k] for scene in scenes) for k in (0, 1))
    return successes, episodes


def rate(successes: int, episodes: int) -> str:
    """A share with its 95 % interval [%]."""
    low, high = wilson_interval(successes, episodes)
    return f"{100 * successes / episodes:.0f} % ({100 * low:.0f} to {100 * high:.0f})"
