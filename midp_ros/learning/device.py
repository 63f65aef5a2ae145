"""The device that a training computes on, and what is faster there; imports core and torch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from midp_ros.core.errors import MidpError

CPU = torch.device("cpu")


class DeviceError(MidpError):
    """A device that this machine, or this build of torch, does not have."""


@dataclass(frozen=True)
class Compute:
    """Where and how a training computes.

    Attributes:
        device: of weights and data.
        bf16: whether the networks' products are computed in bfloat16; weights and losses stay float32.
    """

    device: torch.device = CPU
    bf16: bool = False

    def autocast(self) -> AbstractContextManager[object]:
        """For the forward pass."""
        if not self.bf16:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def choose_device(wanted: str, rank: int = 0) -> torch.device:
    """The device of a name.

    Args:
        wanted: `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:N`.
        rank: of this process among those of its machine, each of which takes a GPU of its own.

    Raises:
        DeviceError: there is no such device; says what there is.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu" or (wanted == "auto" and not count):
        return CPU
    name = f"cuda:{rank % max(1, count)}" if wanted in ("auto", "cuda") else wanted
    number = int(name.partition(":")[2])
    if number >= count:
        found = f"{count} GPUs, cuda:0 to cuda:{count - 1}" if count else "no GPU"
        raise DeviceError(f"device={wanted}: torch {torch.__version__} finds {found}; device=auto takes what there is")
    return torch.device(name)


def choose_compute(device: str, precision: str, rank: int = 0) -> Compute:
    """Where and how to compute; precision `auto`: bfloat16 on GPUs that have it, float32 elsewhere."""
    chosen = choose_device(device, rank)
    fast = chosen.type == "cuda" and torch.cuda.is_bf16_supported()
    return Compute(chosen, precision == "bf16" or (precision == "auto" and fast))
