"""What a policy does: success by how far starts are widened, held-out error, ways past the post; imports simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.episode import Episode
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.reproduce.diffusion_imitation.extent import AVOID, PICK
from midp_ros.reproduce.study import Report
from midp_ros.reproduce.trials import driven
from midp_ros.simulation import Rollout, Task
from midp_ros.simulation.tasks.avoid import Avoid
from midp_ros.simulation.tasks.pick import Pick
from midp_ros.simulation.tasks.reach import Reach

DRAWN_WAYS = 40
SIDES = ("left", "right", "none")  # none: the post was touched, or the goal not reached


def widened(task: str, factor: float) -> Task:
    """The task with starts and goals in an area so many times as wide."""
    if task == PICK:
        return Pick(factor)
    return Avoid(factor) if task == AVOID else Reach(factor)


def success(policy: Policy, task: str, factors: Sequence[float], episodes: int, report: Report) -> dict[str, list[int]]:
    """0 or 1 for each episode, by factor."""
    return {
        f"{factor:g}": [int(run.success) for run in driven(policy, widened(task, factor), episodes, report)]
        for factor in factors
    }


def errors_mm(policy: OnnxPolicy, unseen: Sequence[Episode]) -> list[float]:
    """Distance of the commanded from the demonstrated tool positions, mean over executed actions, by episode."""
    from midp_ros.learning.config import ContextConfig
    from midp_ros.learning.dataset import build_dataset

    horizon, random = policy.contract.horizon, np.random.default_rng(0)
    ahead = horizon.predicted - horizon.observed + 1
    context = ContextConfig(observed=horizon.observed, executed=horizon.executed, ahead=ahead)
    first = policy.contract.first_executed
    executed = slice(first, first + horizon.executed)
    place, found = policy.contract.action_slices["tool_position"], []
    for episode in unseen:
        windows = build_dataset([episode], context)
        wanted = windows.action.double().numpy()  # (windows, predicted, action_size)
        noise = random.standard_normal(wanted.shape, dtype=np.float32)
        answered = policy.predict(windows.observation.numpy(), noise)
        offset_m = (answered - wanted)[:, executed, place]
        found.append(round(float(1000 * np.linalg.norm(offset_m, axis=-1).mean()), 3))
    return found


@dataclass
class OtherNoise:
    """A Policy whose noise is another one in the same scene.

    Attributes:
        draw: number of the noise.
    """

    policy: Policy
    draw: int = 0

    def __post_init__(self) -> None:
        self.contract, self.executed_steps = self.policy.contract, self.policy.executed_steps

    def reset(self, seed: int) -> None:
        """Noise follows from the draw and the seed."""
        self.policy.reset(seed + 1_000_000 * (1 + self.draw))

    def act(self, window: ObservationWindow) -> ActionChunk:
        """See Policy."""
        return self.policy.act(window)


def sides(policy: Policy, episodes: int, scenes: int, draws: int, report: Report) -> dict[str, Any]:
    """Where it passes the post of `avoid`: in many scenes once, and in a few scenes often."""
    runs = driven(policy, AVOID, episodes, report, keep_observations=True)
    ways = [_way_mm(run) for run in runs[:DRAWN_WAYS]]
    again = OtherNoise(policy)
    in_scenes: list[list[str]] = [[] for _ in range(scenes)]
    for again.draw in range(draws):
        for scene, run in zip(in_scenes, driven(again, AVOID, scenes, report), strict=True):
            scene.append(_side(run))
    return {"sides": [_side(run) for run in runs], "in_scenes": in_scenes, "ways_mm": ways}


def _side(run: Rollout) -> str:
    return str(run.info["side"]) if run.success else "none"


def _way_mm(run: Rollout) -> dict[str, Any]:
    """Its side, and the way as the post sees it: to its left, then ahead."""
    tool_m, post_m = run.observations["tool_position"], run.observations["obstacle_position"]
    offset_m: Array = (tool_m - post_m)[:, 1::-1]
    return {"side": _side(run), "way_mm": np.round(1000 * offset_m).astype(int).tolist()}
