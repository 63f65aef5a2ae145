"""The price tag of the past: how much information on past observations a policy pays for, by entry.

Imports core and torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from midp_ros.learning.learned_policy import LearnedPolicy

NOTHING_NAT = 0.05  # of an entry: below, a channel that has not quite closed yet


@dataclass(frozen=True)
class EntryPrice:
    """What a policy pays for the past of an observation's entry.

    Attributes:
        name: of the entry.
        nat: capacity of the channel through which the entry's past reaches the network [nat].
        share: of all entries' capacity.
        by_step_nat: the same by past step, oldest first.
    """

    name: str
    nat: float
    share: float
    by_step_nat: tuple[float, ...]


@dataclass(frozen=True)
class PriceTag:
    """Every visible entry, the dearest first, and the price [denoising error per nat] at which they were bought.

    The history bottleneck has one Gaussian channel for each value of each past step, whose capacity has a closed form,
    so the sum splits by entry. What the split means:

    - The sum is an upper bound of I(h; past | newest). It is reached where the differences from the newest observation
      are Gaussian, independent of each other and of the newest one.
    - Where entries are correlated, a channel's nats are what the policy pays, not what this entry alone knows. Of two
      entries that know the same, one may carry all of it: two half-open channels cost more than one, as
      2 log(1 + g^2 / 2) > log(1 + g^2), so one closes, and which one is chance. An entry at 0 nat is one that the
      policy does without, given all the others; it may still be informative by itself.
    - The tag holds for this price, network and training: a lower price buys more.
    """

    price: float
    entries: tuple[EntryPrice, ...]
    error: str = "denoising error"  # what is paid with

    @property
    def nat(self) -> float:
        """Of all entries."""
        return sum(e.nat for e in self.entries)

    @property
    def bought(self) -> tuple[EntryPrice, ...]:
        """Entries whose past is worth more than an almost closed channel's rest."""
        return tuple(e for e in self.entries if e.nat >= NOTHING_NAT)

    @property
    def sentences(self) -> list[str]:
        """What it says: a line for each entry that is paid for, or that nothing is."""
        at = f"at a price of {self.price:g} of {self.error} per nat"
        if not self.bought:
            return [f"the past is worth nothing {at}: the newest observation is enough for what the policy predicts"]
        worth = [f"the past of {e.name} is worth {e.nat:.2f} nat {at}" for e in self.bought]
        if rest := len(self.entries) - len(worth):
            worth.append(f"the past of the other {rest} entries is worth less than {NOTHING_NAT:g} nat each")
        return worth

    def plain(self) -> dict[str, Any]:
        """Plain data."""
        entries = [{**asdict(e), "by_step_nat": list(e.by_step_nat)} for e in self.entries]
        return {"price": self.price, "nat": self.nat, "entries": entries, "sentences": self.sentences}


@torch.no_grad()
def price_tag(policy: LearnedPolicy, price: float, error: str = PriceTag.error) -> PriceTag | None:
    """The tag of a trained policy; None where it has no history bottleneck.

    Args:
        price: `history_bottleneck.weight` of its training.
        error: what that descended.
    """
    if policy.history_bottleneck is None:
        return None
    capacities = policy.history_bottleneck.capacities().double()  # (past, visible)
    total = float(capacities.sum())
    entries = [
        _entry(name, capacities[:, place].sum(1).tolist(), total) for name, place in policy.features.entries.items()
    ]
    return PriceTag(price, tuple(sorted(entries, key=lambda e: -e.nat)), error)


def _entry(name: str, by_step_nat: Sequence[float], total: float) -> EntryPrice:
    nat = sum(by_step_nat)
    return EntryPrice(name, nat, nat / total if total else 0.0, tuple(by_step_nat))
