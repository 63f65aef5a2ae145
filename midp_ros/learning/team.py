"""Processes that train one policy together, each on its part of every batch; imports torch only.

`torchrun` starts them and tells each its number (RANK, LOCAL_RANK, WORLD_SIZE). Every process has the whole policy and
draws the random numbers of the whole batch, of which it uses its part; the gradients are averaged after each backward
pass. So the weights are those of one process, but for the order of the sums.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from midp_ros.core.plain_data import ConfigError, first_difference, require


@dataclass(frozen=True)
class Team:
    """This process' place among those that train together; by default it is alone.

    Attributes:
        rank, size: number of this process, from 0, and how many there are.
        local_rank: its number on its machine.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes and prints."""
        return self.rank == 0

    def part(self, *whole: Tensor) -> tuple[Tensor, ...]:
        """This process' part of tensors (batch, ...), of which all processes have the same."""
        if self.size == 1:
            return whole
        return tuple(each[self.rank :: self.size] for each in whole)

    def require_parts(self, batch: int) -> None:
        """Raises ConfigError where a batch does not fall into equal parts, of which the mean would be another."""
        require(batch % self.size == 0, "training.batch", batch, f"a multiple of the {self.size} processes")

    def require_alike(self, **what: Any) -> None:
        """Compares plain data of all processes; each must call it at the same moment.

        Raises:
            ConfigError: they differ, in every process; names the first difference.
        """
        if self.size == 1:
            return
        found: list[Any] = [None] * self.size
        dist.all_gather_object(found, what)
        for rank, theirs in enumerate(found):
            if difference := first_difference(found[0], theirs):
                raise ConfigError(
                    f"process {rank} does not train what process 0 trains: {difference}; configuration, demonstrations "
                    "and the run's folder must be the same on all machines"
                )

    @torch.no_grad()
    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Makes every process' gradients their mean; a missing one counts as 0.

        It is missing where this process' part of a batch has no sample for a term of the loss.
        """
        if self.size > 1:
            learned = [p for p in parameters if p.requires_grad]
            for parameter in learned:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
            gradients = [p.grad for p in learned]
            flat = self.average(torch.cat([g.flatten() for g in gradients]))
            for gradient, mean in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
                gradient.copy_(mean.view_as(gradient))

    def average(self, value: Tensor) -> Tensor:
        """The processes' mean of a tensor, in its place."""
        if self.size > 1:
            dist.all_reduce(value)
            value /= self.size
        return value

    def any(self, asked: bool) -> bool:
        """Whether any process says yes; each must ask at the same moment."""
        if self.size == 1:
            return asked
        value = torch.tensor(float(asked), device="cuda" if dist.get_backend() == "nccl" else "cpu")
        dist.all_reduce(value, dist.ReduceOp.MAX)
        return bool(value)


def team_of(environment: Mapping[str, str] = os.environ) -> Team:
    """The place that torchrun has given this process; alone without it."""
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    if not all(name in environment for name in names):
        return Team()
    return Team(*(int(environment[name]) for name in names))


def join(team: Team, device: torch.device) -> None:
    """Connects the processes of a team; NCCL between GPUs, Gloo between CPUs."""
    if team.size > 1 and not dist.is_initialized():
        if device.type == "cuda":
            torch.cuda.set_device(device)  # what `cuda` means from here on; without it, the first GPU in every process
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")


def leave(team: Team) -> None:
    """Ends the connections."""
    if team.size > 1 and dist.is_initialized():
        dist.destroy_process_group()
