"""The seam between the training loop and what is learned; imports core and torch.

A learner makes a policy and the objective that its training descends. Loop, windows, augmentation, moving average,
checkpoints, export and the policy node are the same for all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar, cast

import torch
from torch import Tensor

from midp_ros.core.contract import Contract
from midp_ros.core.plain_data import require
from midp_ros.core.seams import LEARNERS
from midp_ros.learning.augmentation.augmentation import Augmentation
from midp_ros.learning.config import TrainConfig
from midp_ros.learning.config.learner_config import LearnerConfig
from midp_ros.learning.dataset import Dataset
from midp_ros.learning.device import Compute
from midp_ros.learning.learned_policy import LearnedPolicy
from midp_ros.learning.team import Team

Loop = TypeVar("Loop")


@dataclass(frozen=True)
class Batch:
    """Windows of one training step, on the device.

    Attributes:
        chosen: their numbers (batch,) in `windows`.
        moved: the augmentation's random numbers (batch, columns).
        observation, action: normalised (batch, observed, visible) and (batch, predicted, action_size).
        next_action: the chunks that follow, where the objective relates them.
        pictured: features of the pictures (batch, observed, size).
    """

    windows: Dataset
    chosen: Tensor
    moved: Tensor
    observation: Tensor
    action: Tensor
    next_action: Tensor | None = None
    pictured: Tensor | None = None


@dataclass(frozen=True)
class Measured:
    """Scalars of a step, as StepMetrics describes them and in its order; None: there is none."""

    error: Tensor
    bound: Tensor | None = None
    statistics_loss: Tensor | None = None
    history_information: Tensor | None = None
    feature_information: Tensor | None = None
    leakage: Tensor | None = None

    def row(self) -> Tensor:
        """All of them (6,), NaN where there is none."""
        unknown = self.error.new_full((), torch.nan)
        values = [getattr(self, field.name) for field in fields(self)]
        return torch.stack([unknown if value is None else value.detach() for value in values])


def with_price_of_past(
    error: Tensor, policy: LearnedPolicy, config: TrainConfig, step: int
) -> tuple[Tensor, Tensor | None]:
    """An error plus the price of the history bottleneck's information at a training step; that information [nat]."""
    if policy.history_bottleneck is None:
        return error, None
    information = policy.history_bottleneck.information()
    return error + config.history_bottleneck.weight_at(step) * information, information


def refuse_terms_of_denoisers(config: TrainConfig, others: Mapping[str, bool] | None = None) -> None:
    """For learners without a denoiser as their policy.

    Args:
        others: more keys that the learner does not know, each with whether it is off.

    Raises:
        ConfigError: a section asks for what relates a denoiser's quantities, or for one of the others.
    """
    for key, off in (
        ("regulariser", config.regulariser is None),
        ("leakage_penalty.weight", config.leakage_penalty.weight == 0),
        ("feature_bottleneck.weight", config.feature_bottleneck.weight == 0),
        ("training.noise_draws", config.training.noise_draws == 1),
        *(others or {}).items(),
    ):
        require(off, key, "another value", f"the default: {config.learner.name} knows no other")


class Objective(Protocol):
    """What a training descends.

    Attributes:
        what: the error's name, for people.
        relates_following: whether it needs the chunks that follow.
    """

    what: str
    relates_following: bool

    def draw(self, batch: int, generator: torch.Generator) -> list[Tensor]:
        """Random numbers of a step, each (batch, ...), on the CPU."""

    def loss(self, batch: Batch, drawn: Sequence[Tensor], step: int) -> tuple[Tensor, Measured]:
        """The scalar to descend, and what of it is measured."""

    def held_out(self, batch: Batch) -> Tensor:
        """The error on windows that are not learned, always by the same random numbers."""

    def weight(self, step: int) -> float:
        """Of a regulariser at a training step; 0 without one."""

    def update(self, team: Team, clip: float) -> None:
        """After each step of the policy's optimiser: what else is trained."""

    def state_dict(self) -> dict[str, Any]:
        """For the checkpoint, to which it adds keys; empty where nothing else is trained."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """The inverse of `state_dict`, from the checkpoint's whole state."""


class PlainObjective:
    """What an Objective has that trains nothing beside the policy."""

    relates_following = False

    def weight(self, step: int) -> float:
        """See Objective: no regulariser."""
        return 0.0

    def update(self, team: Team, clip: float) -> None:
        """See Objective."""

    def state_dict(self) -> dict[str, Any]:
        """See Objective."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """See Objective."""


class Learner(Protocol):
    """Built by `factory(options)`, the options those of the section `learner`."""

    def policy(self, contract: Contract, config: TrainConfig) -> LearnedPolicy:
        """A policy with new weights."""

    def objective(
        self, config: TrainConfig, policy: LearnedPolicy, augmentation: Augmentation, compute: Compute
    ) -> Objective:
        """What its training descends."""

    # A learner may have these, too:
    #   config: a dataclass, its section read; checkpoints then hold all of it, with today's defaults.
    #   unread: names of sections or keys that it does not read; `midp train` warns of such a change.
    #   training: type[Training], the loop of one that acts in an environment, built with a Training's arguments.


def learner_of(config: TrainConfig) -> Learner:
    """The learner that a configuration names.

    Raises:
        UnknownNameError: lists the known names.
        EntryPointError: another package's learner fails to import or to be built.
    """
    made = LEARNERS.made("learner.name", config.learner.name, lambda factory: factory(config.learner.options))
    return cast("Learner", made)


def written_out(config: TrainConfig) -> TrainConfig:
    """A configuration with all keys of its learner: a default that changes later changes nothing trained before."""
    own = getattr(learner_of(config), "config", None)
    if not is_dataclass(own) or isinstance(own, type):
        return config
    try:
        options = json.loads(json.dumps(asdict(own)))  # as YAML and JSON give them: lists, no tuples
    except TypeError:  # another package's key is no plain data
        return config
    return replace(config, learner=LearnerConfig(config.learner.name, options))


def loop_of(config: TrainConfig, usual: type[Loop]) -> type[Loop]:
    """The training loop of a configuration's learner: the usual one, `Training`, or its own."""
    own: type[Loop] = getattr(learner_of(config), "training", usual)
    return own


def new_policy(contract: Contract, config: TrainConfig) -> LearnedPolicy:
    """The policy that a configuration describes, with new weights."""
    return learner_of(config).policy(contract, config)
