"""The study's measurements: one for each policy and way to sample it; imports the study's files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from midp_ros.reproduce.study import Part, Report
from midp_ros.reproduce.trials import FIRST_SEED, demonstrations, described
from midp_ros.reproduce.why_diffusion.scene import TASK, counted, from_post, side

DEMONSTRATIONS = "demonstrations"
SAMPLES = 200


@dataclass(frozen=True)
class Extent:
    """How much is recorded, trained and driven."""

    demonstrations: int
    steps: int
    batch: int
    episodes: int


EXTENTS = {True: Extent(120, 2000, 128, 30), False: Extent(300, 5000, 256, 100)}  # quick, full


@dataclass(frozen=True)
class Variant:
    """A policy of the study.

    Attributes:
        title: on the page.
        weights: whose training it shares: a variant's name; '': its own.
        config: sections of its training configuration.
        sampling: the keys of `diffusion` that then differ from its configuration.
        fixed_start: every sample sets out from the same noise.
    """

    title: str
    config: dict[str, Any] = field(default_factory=dict)
    weights: str = ""
    sampling: dict[str, Any] = field(default_factory=dict)
    fixed_start: bool = False


DIFFUSION, ANCESTRAL = "diffusion", {"sampler": "ancestral"}
VARIANTS = {
    "bc_mse": Variant("BC, squared error", {"learner": {"name": "bc", "head": "mse"}}),
    "bc_sde": Variant("BC, SDE term", {"learner": {"name": "bc_sde"}, "model": {"name": "perceptron"}}),
    "bc_mixture": Variant("BC, mixture", {"learner": {"name": "bc", "head": "mixture"}}),
    "ebm": Variant("EBM, Langevin", {"learner": {"name": "ebm", "choice": "drawn"}}),
    DIFFUSION: Variant("diffusion"),
    "vp": Variant("VP", {"diffusion": {"method": "vp"}}),
    "vp_corrected": Variant("VP, predictor-corrector", weights="vp", sampling={"sampler": "predictor_corrector"}),
    "ve": Variant("VE", {"diffusion": {"method": "ve"}}),
    "ve_fine": Variant("VE, 40 steps", weights="ve", sampling={"sampling_steps": 40}),
    "attention": Variant("cross-attention", {"model": {"name": "transformer"}}),
    "both": Variant("random start, random steps", weights=DIFFUSION, sampling=ANCESTRAL),
    "steps_only": Variant("fixed start, random steps", weights=DIFFUSION, sampling=ANCESTRAL, fixed_start=True),
    "neither": Variant("fixed start, no other noise", weights=DIFFUSION, fixed_start=True),
}
START_ONLY = DIFFUSION  # random start, no other noise: the policy as it is shipped


def parts(quick: bool) -> Sequence[Part]:
    """See Study."""
    shown, episodes = EXTENTS[quick].demonstrations, EXTENTS[quick].episodes
    found = [Part(DEMONSTRATIONS, {"demonstrations": shown}, partial(_demonstrated, shown))]
    for name, variant in VARIANTS.items():
        trains = variant.weights or name
        config = _config(VARIANTS[trains].config, quick)
        settings = {
            "demonstrations": shown,
            "episodes": episodes,
            "first_seed": FIRST_SEED,
            "samples": SAMPLES,
            "training": described(config),
            "sampling": variant.sampling,
            "fixed_start": variant.fixed_start,
        }
        work = partial(_measured, trains, variant, config, shown, episodes)
        found.append(Part(name, settings, work, after=variant.weights))
    return found


def _config(sections: dict[str, Any], quick: bool) -> dict[str, Any]:
    """A training configuration, all alike but for what a variant is about."""
    learner = dict(sections.get("learner", {"name": "diffusion"}))
    steps = EXTENTS[quick].steps
    training = {"steps": steps, "batch": EXTENTS[quick].batch, "warmup_steps": 200, "learning_rate": 2e-3}
    if learner["name"] == "bc_sde":
        learner["warmup_steps"] = steps // 3
    model = dict(sections.get("model", {}))
    name = model.get("name", "unet")
    if name == "unet":
        model |= {"channels": [32, 64], "groups": 2}
    elif name == "perceptron":
        model |= {"channels": [128, 128]}
    else:
        model |= {"options": {"width": 64, "layers": 2, "heads": 4}}
    diffusion = {"sampling_steps": 10, **sections.get("diffusion", {})}
    return {"learner": learner, "model": model, "diffusion": diffusion, "training": training}


def _demonstrated(number: int, report: Report, files: Path) -> dict[str, Any]:
    ways = [
        from_post(e.column("tool_position"), e.column("obstacle_position"))
        for e in demonstrations(TASK, number, files / DEMONSTRATIONS, report)
    ]
    shown = [np.round(1000 * way).astype(int).tolist() for way in ways[:80]]
    return {**counted([side(way) for way in ways]), "ways_mm": shown}


def _measured(
    trains: str, variant: Variant, config: dict[str, Any], shown: int, episodes: int, report: Report, files: Path
) -> dict[str, Any]:
    from midp_ros.reproduce.why_diffusion import policies

    learned = demonstrations(TASK, shown, files / DEMONSTRATIONS, report)
    checkpoint = files / f"{trains}.pt"
    policy = policies.trained(config, learned, checkpoint, report)
    policy = policies.sampled_by(policy, checkpoint, variant.sampling)
    drawn = policies.DrawnPolicy(policy, variant.fixed_start)
    found = policies.sampled(drawn, SAMPLES), policies.driven(drawn, episodes, report)
    return {"parameters": policy.parameter_count, "samples": found[0], "driven": found[1]}
