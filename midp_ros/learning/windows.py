"""Windows over the steps of demonstrations, gathered as they are needed; imports torch only."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Windows:
    """Windows (windows, length, size) that share their steps: each costs three numbers, and no copy of its steps.

    Attributes:
        steps: (steps, size) of all episodes, one after another.
        newest: (windows,) newest observed step of each.
        first, last: (windows,) steps of its episode, which stand in for those before and after.
        offsets: (length,) steps of a window, counted from its newest one.
    """

    steps: Tensor
    newest: Tensor
    first: Tensor
    last: Tensor
    offsets: Tensor

    @classmethod
    def of(cls, windows: Tensor) -> Windows:
        """Windows that are cut already."""
        count, length, size = windows.shape
        first = length * torch.arange(count)
        return cls(windows.reshape(-1, size), first, first, first + length - 1, torch.arange(length))

    def __len__(self) -> int:
        return len(self.newest)

    def __getitem__(self, numbers: Tensor | slice) -> Tensor:
        """Some windows (numbers, length, size)."""
        return self.steps[self.places(numbers)]

    def places(self, numbers: Tensor | slice) -> Tensor:
        """The steps (numbers, length) of some windows."""
        newest, first, last = (each[numbers, None] for each in (self.newest, self.first, self.last))
        return (newest + self.offsets).maximum(first).minimum(last)

    def to(self, device: torch.device) -> Windows:
        """The same windows in a device's memory."""
        moved = {key: getattr(self, key).to(device) for key in ("steps", "newest", "first", "last", "offsets")}
        return replace(self, **moved)
