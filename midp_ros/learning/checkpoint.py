"""Checkpoint files: tensors and plain data, loaded without executing anything; imports core and torch."""

from __future__ import annotations

import os
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.diffusion import DiffusionPolicy

FORMAT = "midp_ros checkpoint 1"


@dataclass(frozen=True)
class Checkpoint:
    """A training run at one step.

    Attributes:
        contract, config: what is learned, and how.
        step: training steps done.
        data_hash, episodes, command: which demonstrations, how many, and by which command.
        policy, ema: state dictionaries of the policy being trained and of its moving average.
        state: optimisers, regulariser and random numbers: what going on needs.
    """

    contract: Contract
    config: TrainConfig
    step: int
    data_hash: str
    episodes: int
    command: str
    policy: dict[str, Any]
    ema: dict[str, Any]
    state: dict[str, Any]

    @classmethod
    def untrained(cls, contract: Contract, config: TrainConfig) -> Checkpoint:
        """New weights, for what depends on the network alone."""
        weights = DiffusionPolicy.of(contract, config).state_dict()
        return cls(contract, config, 0, "", 0, "", weights, weights, {})

    def build_policy(self) -> DiffusionPolicy:
        """The policy with its averaged weights, in evaluation mode."""
        policy = DiffusionPolicy.of(self.contract, self.config)
        load_weights(policy, self.ema)
        return policy.eval().requires_grad_(False)

    def save(self, path: str | Path) -> None:
        """Writes the file whole or not at all: a kill at any moment leaves the previous one."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        data = {
            "format": FORMAT,
            "contract": self.contract.to_json(),
            "config": self.config.to_dict(),
            **{k: getattr(self, k) for k in ("step", "data_hash", "episodes", "command", "policy", "ema", "state")},
        }
        temporary = path.with_name(path.name + ".part")
        with open(temporary, "wb") as file:
            torch.save(data, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: str | Path) -> Checkpoint:
        """Reads a checkpoint; raises FileFormatError when it is missing, damaged or another kind of file."""
        path = Path(path)
        try:
            data = torch.load(path, map_location="cpu", weights_only=True)
        except OSError as e:
            raise FileFormatError(f"cannot read checkpoint {path}: {e.strerror or e}") from None
        except (RuntimeError, pickle.UnpicklingError, zipfile.BadZipFile, EOFError, ValueError, KeyError) as e:
            reason = str(e).splitlines()[0] if str(e) else type(e).__name__
            raise FileFormatError(f"{path} is damaged or not a checkpoint of midp_ros: {reason}") from None
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise FileFormatError(f"{path} is not a checkpoint of midp_ros (expected format {FORMAT!r})")
        data.pop("format")
        try:
            contract, config = Contract.from_json(data.pop("contract")), TrainConfig.from_dict(data.pop("config"))
            return cls(contract=contract, config=config, **data)
        except (KeyError, TypeError) as e:
            raise FileFormatError(f"checkpoint {path} lacks a part: {e}") from None


def load_weights(network: nn.Module, weights: dict[str, Any]) -> None:
    """Fills a network; raises FileFormatError when the weights are another network's."""
    try:
        network.load_state_dict(weights)
    except RuntimeError as e:
        reason = str(e).splitlines()[-1].strip()
        raise FileFormatError(f"the checkpoint's weights do not fit this version of midp_ros: {reason}") from None
