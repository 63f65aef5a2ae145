"""Checkpoint files: tensors and plain data, loaded without executing anything.

Imports core and torch.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import write_bytes
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.learners.learner import new_policy

FORMAT = "midp_ros checkpoint 1"
OLD_PREFIX, PREFIX = "history.", "history_bottleneck."  # of the weights' names


@dataclass(frozen=True)
class Checkpoint:
    """A training run at one step.

    Attributes:
        contract, config: what is learned, and how.
        step: training steps done.
        data_hash, episodes, command: SHA-256 and number of the demonstrations, and the command of the training.
        policy, ema: state dictionaries of the policy being trained and of its moving average.
        state: optimisers, regulariser and random numbers, from which a training resumes.
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
        contract = config.context.contract(contract)
        weights = new_policy(contract, config).state_dict()
        return cls(contract, config, 0, "", 0, "", weights, weights, {})

    def build_policy(self) -> LearnedPolicy:
        """The policy with its averaged weights, in evaluation mode."""
        policy = new_policy(self.contract, self.config)
        load_weights(policy, self.ema)
        return policy.eval().requires_grad_(False)

    def save(self, path: str | Path) -> None:
        """Writes the file whole or not at all: a kill at any moment leaves the previous one.

        Raises:
            OutputError: the disk is full, or refuses.
        """
        data = {
            "format": FORMAT,
            "contract": self.contract.to_json(),
            "config": self.config.to_dict(),
            **{k: getattr(self, k) for k in ("step", "data_hash", "episodes", "command", "policy", "ema", "state")},
        }
        content = io.BytesIO()  # torch hides the reason for which a disk refuses
        torch.save(data, content)
        write_bytes(path, content.getvalue())

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
            policy, ema = (_with_present_names(data.pop(key)) for key in ("policy", "ema"))
            return cls(contract=contract, config=config, policy=policy, ema=ema, **data)
        except (AttributeError, KeyError, TypeError) as e:
            raise FileFormatError(f"checkpoint {path} lacks a part: {e}") from None


def _with_present_names(weights: dict[str, Any]) -> dict[str, Any]:
    """Weights with the present names of what older versions named differently."""
    return {PREFIX + k.removeprefix(OLD_PREFIX) if k.startswith(OLD_PREFIX) else k: v for k, v in weights.items()}


def load_weights(network: nn.Module, weights: dict[str, Any]) -> None:
    """Fills a network; raises FileFormatError when the weights are another network's."""
    try:
        network.load_state_dict(weights)
    except RuntimeError as e:
        reason = str(e).splitlines()[-1].strip()
        raise FileFormatError(f"the checkpoint's weights do not fit this version of midp_ros: {reason}") from None
