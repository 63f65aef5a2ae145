"""Hand-over from chunk to chunk, chosen by name; imports core."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from midp_ros.control.chunks.ensemble import Ensembling
from midp_ros.control.chunks.real_time_chunking import RealTimeChunking
from midp_ros.core.chunk import AUTO, HANDOVERS
from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.protocols import InpaintingPolicy, Policy


class HandOverError(MidpError):
    """A hand-over that the policy cannot do."""


def chosen_handover(policy: Policy, handover: str) -> str:
    """The hand-over for a policy: the one that was asked for, or what `auto` means.

    `auto` is what the policy was trained to be run with (`context.handover`), if that says so; else, for learned
    policies, the best of docs/hand_over.md. A policy that plans anew at every step, as the experts do, needs none.

    Raises:
        UnknownNameError: no such hand-over.
    """
    for asked in (handover, getattr(policy, "handover", AUTO)):
        if asked not in HANDOVERS:
            raise UnknownNameError("hand-over", asked, HANDOVERS)
        if asked != AUTO:
            return asked
    return "ensemble" if policy.executed_steps > 1 else "switch"


def with_handover(policy: Policy, handover: str, past_steps: Callable[[], int]) -> Policy:
    """The policy under one of `HANDOVERS`; with `switch` it is the policy itself.

    Args:
        past_steps: returns how many actions of a chunk are past when it arrives.

    Raises:
        UnknownNameError: no such hand-over.
        HandOverError: the policy cannot do it.
    """
    chosen = chosen_handover(policy, handover)
    if chosen == "ensemble":
        return Ensembling(policy)
    if chosen == "inpaint":
        if not getattr(policy, "can_inpaint", False):
            name = getattr(policy, "path", type(policy).__name__)
            raise HandOverError(
                f"hand-over 'inpaint' needs a policy that fits its chunks to the ones before; {name} cannot: "
                f"take switch or ensemble, or export the model again from its checkpoint (`midp export`)"
            )
        return RealTimeChunking(cast(InpaintingPolicy, policy), past_steps)
    return policy
