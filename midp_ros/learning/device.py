"""The device that a training computes on, and what is faster there; imports core and torch."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

from midp_ros.core.errors import MidpError
from midp_ros.learning.team import Team

CPU = torch.device("cpu")
AMPERE = (8, 0)  # from this capability on a GPU computes in bfloat16; older ones only emulate it, which is slower


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


def choose_device(wanted: str, team: Team | None = None) -> torch.device:
    """The device of a name.

    Args:
        wanted: `auto` (a GPU where there is one), `cpu`, `cuda` or `cuda:N`.
        team: the processes that train together, each of which takes a GPU of its own.

    Raises:
        DeviceError: there is no such device, or not one for each process; says what there is.
    """
    team = team or Team()
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted == "cpu" or (wanted == "auto" and not count):
        return CPU
    named = wanted.partition(":")[2]
    if named and team.size > 1:
        raise DeviceError(f"device={wanted} is one GPU for {team.size} processes; device=cuda gives each its own")
    number = int(named or team.local_rank)
    if number >= count:
        found = f"{count} GPUs, cuda:0 to cuda:{count - 1}" if count else "no GPU"
        advice = "device=auto takes what there is"
        if count and not named:
            advice = f"each process takes one, so start {count} on this machine (--nproc-per-node), or use device=cpu"
        raise DeviceError(f"device={wanted}: torch {torch.__version__} finds {found}; {advice}")
    return torch.device("cuda", number)


def choose_compute(device: str, precision: str, team: Team | None = None) -> Compute:
    """Where and how to compute; precision `auto`: bfloat16 on GPUs that have it, float32 elsewhere."""
    chosen = choose_device(device, team)
    fast = chosen.type == "cuda" and torch.cuda.get_device_capability(chosen) >= AMPERE
    return Compute(chosen, precision == "bf16" or (precision == "auto" and fast))


def advice_on(error: RuntimeError) -> str | None:
    """What failed and what to change, where torch lacks memory or a compiler; None for any other error."""
    if isinstance(error, torch.OutOfMemoryError):
        return "the GPU's memory is full; lower training.batch, or use device=cpu"
    if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
        reason = str(error).partition("\n")[0]
        return f"torch.compile failed ({reason}); compile=false does without it"
    return None
