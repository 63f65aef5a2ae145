"""Generated flows in each scene, at the start of its episodes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.window import observation_vector
from midp_ros.object_flow.policy import FlowAnswer, FlowPolicy
from midp_ros.reproduce.flow_interface.learners import POINTS
from midp_ros.reproduce.flow_interface.scenes import SCENES
from midp_ros.reproduce.study import Report
from midp_ros.reproduce.trials import FIRST_SEED, stand_in
from midp_ros.simulation.tasks.carry import Carry

SAMPLES = 6  # flows of one start


def generated(checkpoint: Path, starts: int, report: Report) -> dict[str, Any]:
    """By scene: how far from the goal generated flows end, and the flows of the first start.

    Args:
        checkpoint: of the learner `flow_points`.
        starts: that the distance is measured over.
    """
    from midp_ros.learning.checkpoint import Checkpoint

    policy = cast("FlowPolicy", Checkpoint.load(checkpoint).build_policy())
    answer = cast("FlowAnswer", policy.answer())
    found = {}
    for number, (scene, settings) in enumerate(SCENES.items()):
        report(number, len(SCENES), f"{scene}: flows")
        simulation = stand_in(Carry(**settings))
        ends_mm, shown = [], None
        for k in range(starts):
            simulation.reset(FIRST_SEED + k)
            values = simulation.observe()
            points = np.stack([values[name] for name in POINTS])  # (points, 3)
            ways = points + _flows(answer, policy.contract, values)  # (samples, steps, points, 3)
            ends_mm += list(1000 * np.linalg.norm(ways[:, -1].mean(1) - values["goal_position"], axis=-1))
            if shown is None:
                shown = {"points": points, "ways": ways, "goal": values["goal_position"]}
        assert shown is not None
        plain = {key: np.round(shown[key], 4).tolist() for key in ("points", "ways", "goal")}
        found[scene] = {"end_mm": [float(x) for x in np.percentile(ends_mm, [50, 90])], **plain}
    return found


@torch.no_grad()
def _flows(answer: FlowAnswer, contract: Contract, values: dict[str, Array]) -> Array:
    """Flows (samples, steps, points, 3) [m] of one scene."""
    policy, horizon = answer.policy, contract.horizon
    vector = torch.from_numpy(observation_vector(contract, values)).float()
    window = vector.expand(SAMPLES, horizon.observed, -1)
    shape = (SAMPLES, answer.fresh_draws, horizon.predicted, contract.action_size)
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    flow = answer.generate(policy.encode_observation(window), noise)
    metres: Array = policy.flow_normalizer.denormalize(flow).unflatten(2, (len(POINTS), 3)).numpy()
    return metres
