"""The section `learner` of learners that act in an environment; imports core."""

from __future__ import annotations

from dataclasses import dataclass, field

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import require

WORLDS = ("stand_in", "kinematic", "tool")
REWARDS = ("log_odds", "positive", "negative")


@dataclass(frozen=True)
class PpoConfig:
    """Proximal policy optimisation (Schulman et al. 2017).

    Attributes:
        epochs: passes over the steps of a rollout.
        discount: of a reward one control step later.
        gae_lambda: of generalised advantage estimation.
        clip: largest change of an action's probability ratio that still counts.
        entropy: weight of the policy's entropy.
        log_deviation: of the first actions, where the demonstrations' range is 2.
        value_weight: of the value function's error.
    """

    epochs: int = 10
    discount: float = 0.97
    gae_lambda: float = 0.95
    clip: float = 0.2
    entropy: float = 0.0
    log_deviation: float = -1.0
    value_weight: float = 0.5

    def __post_init__(self) -> None:
        require(self.epochs >= 1, "learner.ppo.epochs", self.epochs, "at least 1")
        for key in ("discount", "gae_lambda"):
            require(0 <= getattr(self, key) <= 1, f"learner.ppo.{key}", getattr(self, key), "0 to 1")
        require(self.clip > 0, "learner.ppo.clip", self.clip, "more than 0")
        for key in ("entropy", "value_weight"):
            require(getattr(self, key) >= 0, f"learner.ppo.{key}", getattr(self, key), "at least 0")


@dataclass(frozen=True)
class JudgeConfig:
    """What tells demonstrated steps from the policy's own.

    Attributes:
        hidden: widths of its layers.
        learning_rate: of Adam.
        updates: for each rollout.
        batch: demonstrated steps of an update, and as many own ones.
        reward: of D, the probability of being demonstrated: log_odds, log D - log(1 - D); positive, -log(1 - D);
            negative, log D.
        bound: largest size of a reward.
        penalty: weight of the gradient penalty, of `gail_gp`.
        steps: of noise, of `drail` and `dil`.
        draws: noises for which a step is judged, of `drail` and `dil`.
    """

    hidden: tuple[int, ...] = (128, 128)
    learning_rate: float = 3e-4
    updates: int = 16
    batch: int = 256
    reward: str = "log_odds"
    bound: float = 10.0
    penalty: float = 1.0
    steps: int = 100
    draws: int = 8

    def __post_init__(self) -> None:
        ok = len(self.hidden) >= 1 and min(self.hidden) >= 1
        require(ok, "learner.judge.hidden", list(self.hidden), "one or more widths, at least 1 each")
        if self.reward not in REWARDS:
            raise UnknownNameError("learner.judge.reward", self.reward, REWARDS)
        for key in ("learning_rate", "bound"):
            require(getattr(self, key) > 0, f"learner.judge.{key}", getattr(self, key), "more than 0")
        for key in ("updates", "batch", "draws"):
            require(getattr(self, key) >= 1, f"learner.judge.{key}", getattr(self, key), "at least 1")
        require(self.steps >= 2, "learner.judge.steps", self.steps, "at least 2")
        require(self.penalty >= 0, "learner.judge.penalty", self.penalty, "at least 0")


@dataclass(frozen=True)
class AdversarialConfig:
    """The keys of `learner: {name: gail}` and its kin.

    Attributes:
        task: to act in; empty: the demonstrations' skill.
        environments: side by side, in this process.
        rollout: control steps of all of them together, for one training step.
        world: to act in: the stand_in; kinematic, an arm without physics, for tasks that move nothing else; or tool, no
            arm at all, for tasks that bring the tool to an observed goal.
        hidden: widths of the policy's layers, and of its value function's.
        cloning_steps: optimiser steps of behaviour cloning before the first rollout.
        ppo, judge: see there.
    """

    task: str = ""
    environments: int = 16
    rollout: int = 2048
    world: str = "stand_in"
    hidden: tuple[int, ...] = (256, 256)
    cloning_steps: int = 0
    ppo: PpoConfig = field(default_factory=PpoConfig)
    judge: JudgeConfig = field(default_factory=JudgeConfig)

    def __post_init__(self) -> None:
        if self.world not in WORLDS:
            raise UnknownNameError("learner.world", self.world, WORLDS)
        require(self.environments >= 1, "learner.environments", self.environments, "at least 1")
        ok = self.rollout >= 2 * self.environments and self.rollout % self.environments == 0
        wanted = f"a multiple of environments={self.environments}, two each at least"
        require(ok, "learner.rollout", self.rollout, wanted)
        ok = len(self.hidden) >= 1 and min(self.hidden) >= 1
        require(ok, "learner.hidden", list(self.hidden), "one or more widths, at least 1 each")
        require(self.cloning_steps >= 0, "learner.cloning_steps", self.cloning_steps, "at least 0")
