"""What is true of the claim: flow against plain policies by scenes, where the 95 % interval of the difference leaves
out 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.bootstrap import Estimate, estimate
from midp_ros.reproduce.flow_interface.learners import FLOW, PLAIN, RELATIVE, SAYS
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
Success = dict[str, dict[str, Array]]
"""By learner and scene: success (seeds, episodes), of the seeds that all learners have."""


def verdict(success: Success, fewer: bool) -> str:
    """By groups of scenes, and over all in which nothing was learned.

    Args:
        fewer: the plain policies have learned from fewer episodes with actions.
    """
    if not {FLOW, PLAIN, RELATIVE} <= set(success):
        return "Open: not all policies are trained."
    lines = [f"- {group}: {_compared(success, scenes)}" for group, scenes in GROUPS.items()]
    others = [scene for scene in SCENES if scene != TRAINING]
    carries, view = (_difference(success, other, others).sign for other in (PLAIN, RELATIVE))
    where = "Over all scenes in which nothing was learned,"
    lines += [
        "",
        {
            1: f"{where} the flow carries over where the plain policy does not.",
            0: f"{where} flow and plain policy are not distinguished: the claim is not shown here.",
            -1: f"{where} the plain policy does better: the claim does not hold here.",
        }[carries],
        {
            1: "A plain policy that sees all from the tool, too, stays behind the flow.",
            0: "A plain policy that sees all from the tool, too, is not distinguished from the flow: the view may be "
            "what carries over.",
            -1: "A plain policy that sees all from the tool, too, does better than the flow: the view is what carries "
            "over.",
        }[view],
        LIMITS + (FEWER if fewer else ""),
    ]
    return "\n".join(lines)


def _compared(success: Success, scenes: Sequence[str]) -> str:
    said = {1: ", the flow is better", 0: ", not distinguished", -1: ", the flow is worse"}
    others = []
    for other in (PLAIN, RELATIVE):
        found = _difference(success, other, scenes)
        by = f"{100 * found.mean:+.0f} ({100 * found.low:+.0f} to {100 * found.high:+.0f})"
        others.append(f"{SAYS[other]} {_mean(success, other, scenes)}, difference {by}{said[found.sign]}")
    return f"flow {_mean(success, FLOW, scenes)}; {'; '.join(others)}."


def _mean(success: Success, learner: str, scenes: Sequence[str]) -> str:
    return f"{100 * _together(success, learner, scenes).mean():.0f} %"


def _difference(success: Success, other: str, scenes: Sequence[str]) -> Estimate:
    """The flow's success minus another policy's, of the same seeds, scenes and starts.

    Starts are the same in all scenes: success is averaged over the scenes first.
    """
    return estimate(_together(success, FLOW, scenes) - _together(success, other, scenes))


def _together(success: Success, learner: str, scenes: Sequence[str]) -> Array:
    """Mean success (seeds, starts) over scenes."""
    found: Array = np.mean([success[learner][scene] for scene in scenes], axis=0)
    return found
