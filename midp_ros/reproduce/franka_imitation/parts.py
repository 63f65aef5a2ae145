"""The study's measurements; imports the study's files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from midp_ros.core.contract import Contract
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.kinematics import ArmModel
from midp_ros.recording import EpisodeWriter
from midp_ros.reproduce.franka_imitation import pairs as ik
from midp_ros.reproduce.franka_imitation.following import DRAWINGS, follow
from midp_ros.reproduce.franka_imitation.following import SEED as EPISODE
from midp_ros.reproduce.franka_imitation.policies import (
    HORIZON,
    JOINT_CONTRACT,
    SPEED_M_S,
    SolverPolicy,
    drawing_demonstrations,
    joints_at,
)
from midp_ros.reproduce.franka_imitation.recipe import TEXT_EPOCHS, Recipe, figures
from midp_ros.reproduce.study import Part, Report
from midp_ros.reproduce.trials import described, train

if TYPE_CHECKING:
    from midp_ros.core.protocols import Policy

UNSEEN, UNSEEN_SEED, SEED = 1000, 1, 0
RECIPE_PAIRS = 1000
RECIPES: dict[
    str, tuple[str, dict[str, Any]]
] = {  # by part: what the page calls it, and how it differs from the text's
    "recipe_text": ("as the text states it", {}),
    "recipe_small": ("as the text states it, 100 pairs", {"pairs": 100}),
    "recipe_normalised": ("normalised", {"normalised": True}),
    "recipe_both": ("normalised, learning rate decays", {"normalised": True, "decayed": True}),
}
NETWORK = {  # of the diffusion policy
    "model": {"name": "perceptron", "channels": [256, 256, 256], "groups": 1},
    "diffusion": {"sampling_steps": 3},
}
CLONES = {"warmup_steps": 100}
GAIL: dict[str, Any] = {  # config/train/gail.yaml, in the world that knows paths, and begun by cloning
    "learner": {
        **{"name": "gail", "world": "kinematic", "environments": 16, "rollout": 4096, "hidden": [128, 128]},
        **{"cloning_steps": 1000, "ppo": {"discount": 0.9, "gae_lambda": 0.9, "log_deviation": -2.0}},
        "judge": {"hidden": [128, 128], "learning_rate": 1e-3, "batch": 512},
    },
    "context": {"observed": 1, "executed": 1, "ahead": 3},
}
ROLLOUTS = {"batch": 512, "learning_rate": 1e-3, "warmup_steps": 0, "gradient_clip": 0.5}
ACTED = {True: 20, False: 120}  # rollouts of GAIL, quick or not
# By part: what the page calls it, its configuration, and of its training what does not depend on the extent.
FOLLOWERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "diffusion": ("diffusion", {"learner": {"name": "diffusion"}, **NETWORK}, CLONES),
    "bc": ("BC", {"learner": {"name": "bc", "head": "mse"}, **NETWORK}, CLONES),
    "bc_sde": ("BC with the SDE term", {"learner": {"name": "bc_sde"}, **NETWORK}, CLONES),
    "gail": ("GAIL", GAIL, ROLLOUTS),
}
# Of behaviour cloning, in the whole study: weight of the SDE term (the text's lambda), and training seeds.
WEIGHTS, SEEDS = (0.0, 0.1, 1.0, 10.0), (0, 1, 2)


@cache
def _model() -> ArmModel:
    return ArmModel("fr3")


@cache
def _pairs(count: int, seed: int) -> ik.Pairs:
    return ik.Solver(_model()).draw(count, seed)


def parts(quick: bool) -> Sequence[Part]:
    """See Study."""
    count, epochs, steps = (4000, 1500, 3000) if quick else (10_000, TEXT_EPOCHS, 10_000)
    shown, learned = (40, 2000) if quick else (100, 6000)
    of_pairs = {"low_m": list(ik.LOW_M), "high_m": list(ik.HIGH_M), "tolerance": ik.TOLERANCE, "seed": SEED}
    unseen = {"unseen": UNSEEN, "unseen_seed": UNSEEN_SEED}
    found = [Part("pairs", {**of_pairs, "pairs": count}, partial(_write_pairs, count))]
    for name, (_, changes) in RECIPES.items():
        recipe = Recipe(**{"pairs": RECIPE_PAIRS, "epochs": epochs, **changes})
        found.append(Part(name, {**of_pairs, **unseen, **asdict(recipe)}, partial(_learn, recipe)))
    training = {"steps": steps, "batch": 256, "warmup_steps": 100, "weight_decay": 0.0}
    config: dict[str, Any] = {"learner": {"name": "ik_net"}, "training": training}
    ik_net = partial(_ik_net, config, count)
    horizon = asdict(Contract.load(JOINT_CONTRACT).horizon)
    contract = {"horizon": horizon, "drawings": list(DRAWINGS), "episode_seed": EPISODE, "speed_m_s": SPEED_M_S}
    found.append(Part("solver", contract, _solver))
    settings = {**of_pairs, **unseen, "pairs": count, **contract, "training": described(config)}
    found.append(Part("ik_net", settings, ik_net))
    for name, (_, sections, training) in FOLLOWERS.items():
        config = {**sections, "training": {"steps": ACTED[quick] if name == "gail" else learned, **training}}
        found.append(_following(name, config, shown))
    for weight in WEIGHTS if not quick else ():
        for seed in SEEDS:
            _, sections, training = FOLLOWERS["bc_sde" if weight else "bc"]
            learner = {**sections["learner"], "weight": weight} if weight else sections["learner"]
            training = {"steps": learned, **training}
            config = {**sections, "seed": seed, "learner": learner, "training": training}
            name = clone(weight, seed)
            if name not in FOLLOWERS:
                found.append(_following(name, config, shown))
    return found


def clone(weight: float, seed: int) -> str:
    """The part of behaviour cloning with a weight of the SDE term, which is 1 by default."""
    if seed == 0 and weight in (0.0, 1.0):
        return "bc_sde" if weight else "bc"
    return f"bc_sde_{weight:g}_seed_{seed}" if weight else f"bc_seed_{seed}"


def _following(name: str, config: dict[str, Any], shown: int) -> Part:
    """Learns drawings from demonstrations of other paths."""
    judged = {"demonstrations": shown, "horizon": asdict(HORIZON), "drawings": list(DRAWINGS), "episode_seed": EPISODE}
    return Part(name, {**judged, "training": described(config)}, partial(_follower, name, config, shown))


def _write_pairs(count: int, report: Report, files: Path) -> dict[str, Any]:
    """The pairs as a recording, for `midp train config/train/ik_net.yaml`."""
    found = ik.Solver(_model()).draw(count, SEED, lambda done: report(done, count, "pairs"))
    for stale in (files / "pairs").glob("*.mcap"):
        stale.unlink()
    episode, writer = ik.as_episode(found, Contract.load(JOINT_CONTRACT)), EpisodeWriter(files / "pairs")
    writer.start(episode.contract, episode.info)
    for time_s, observation, action in zip(episode.time_s, episode.observation, episode.action, strict=True):
        writer.step(time_s, observation, action)
    writer.finish({})
    return {"pairs": count, **figures(ik.errors_mm(_model(), found.joint_rad, found.position_m))}


def _learn(recipe: Recipe, report: Report, files: Path) -> dict[str, Any]:
    return recipe.learn(_model(), _pairs(recipe.pairs, SEED), _pairs(UNSEEN, UNSEEN_SEED), report)


def _ik_net(config: dict[str, Any], count: int, report: Report, files: Path) -> dict[str, Any]:
    episode = ik.as_episode(_pairs(count, SEED), Contract.load(JOINT_CONTRACT))
    model = files / "ik_net.onnx"
    trained, policy = train(config, [episode], model, report), OnnxPolicy(model)
    unseen = _pairs(UNSEEN, UNSEEN_SEED)
    missed_mm = ik.errors_mm(_model(), joints_at(policy, unseen.position_m), unseen.position_m)
    return {**figures(missed_mm), "seconds": trained.seconds, "followed": _followed(policy, report)}


def _solver(report: Report, files: Path) -> dict[str, Any]:
    return {"followed": _followed(SolverPolicy(_model()), report)}


def _follower(name: str, config: dict[str, Any], count: int, report: Report, files: Path) -> dict[str, Any]:
    episodes = drawing_demonstrations(files / "demonstrations", count, report)
    model = files / f"{name}.onnx"
    trained = train(config, episodes, model, report)
    return {"seconds": trained.seconds, "followed": _followed(OnnxPolicy(model), report)}


def _followed(policy: Policy, report: Report) -> dict[str, Any]:
    found = {}
    for done, drawing in enumerate(DRAWINGS):
        report(done, len(DRAWINGS), "drawings")
        found[drawing] = follow(policy, drawing)
    return found
