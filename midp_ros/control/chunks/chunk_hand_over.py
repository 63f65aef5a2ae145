"""How a chunk takes over from the one before it: by name; imports core."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from midp_ros.control.chunks.ensemble import Ensembling
from midp_ros.control.chunks.real_time_chunking import RealTimeChunking
from midp_ros.core.errors import MidpError, UnknownNameError
from midp_ros.core.protocols import InpaintingPolicy, Policy

HANDOVERS = ("auto", "switch", "ensemble", "inpaint")


class HandOverError(MidpError):
    """A hand-over that the policy is not capable of."""


def chosen_handover(policy: Policy, handover: str) -> str:
    """Which one `auto` means; otherwise the one that was asked for.

    A policy that plans anew at every step, as the experts do, has nothing to gain. For learned ones see
    docs/hand_over.md.

    Raises:
        UnknownNameError: no such hand-over.
    """
    if handover not in HANDOVERS:
        raise UnknownNameError("hand-over", handover, HANDOVERS)
    if handover != "auto":
        return handover
    return "ensemble" if policy.executed_steps > 1 else "switch"


def with_handover(policy: Policy, handover: str, past_steps: Callable[[], int]) -> Policy:
    """The policy as it acts under one of `HANDOVERS`; with `switch` it is the policy itself.

    Args:
        past_steps: how many actions of a chunk are past when it arrives.

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
                f"hand-over 'inpaint' asks for a policy that fits its chunks to the ones before; {name} cannot: "
                f"take switch or ensemble, or export the model again from its checkpoint (`midp export`)"
            )
        return RealTimeChunking(cast(InpaintingPolicy, policy), past_steps)
    return policy
