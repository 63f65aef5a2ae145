"""Made-up ways of a tool that carries two points to a goal; no tests here."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from midp_ros.core.contract import Contract, Entry, Horizon
from midp_ros.core.episode import Episode
from midp_ros.learning.config import LearnerConfig, TrainConfig
from midp_ros.recording import write_episode

POINTS = ("point_1_position", "point_2_position")
CONTRACT = Contract(
    skill="test",
    robot="none",
    rate_hz=10.0,
    horizon=Horizon(observed=2, predicted=8, executed=4),
    observation=(
        Entry("joint_position", 2, "rad", policy_input=False),
        Entry("tool_position", 3, "m"),
        *(Entry(name, 3, "m", relative_to="tool_position") for name in POINTS),
        Entry("goal_position", 3, "m", relative_to="tool_position"),
    ),
    action=(Entry("tool_position", 3, "m", relative_to="tool_position"),),
)
ARMS_M = np.array([[0.02, 0.0, 0.0], [-0.02, 0.0, 0.0]])  # from the tool to the points


def carried(seed: int, around: bool = False, steps: int = 24, size: float = 1.0) -> Episode:
    """The tool has the points, and goes to the goal; in play over a place that is drawn."""
    random = np.random.default_rng(seed)
    start, goal, over = random.uniform(0.2, 0.6, (3, 3))
    places = [start, over, goal] if around else [start, goal]
    shares = np.linspace(0, len(places) - 1, steps)
    tool = np.stack([np.interp(shares, range(len(places)), np.array(places)[:, k]) for k in range(3)], axis=1)
    rows = [np.concatenate([np.zeros(2), t, *(t + size * ARMS_M), goal]) for t in tool]
    action = np.concatenate([tool[1:], tool[-1:]])
    return Episode(CONTRACT, np.arange(steps) * 0.1, np.array(rows), action, {"success": True})


def write_play(folder: Path, episodes: int = 4) -> Path:
    """Recorded play in a new folder."""
    folder.mkdir()
    for seed in range(episodes):
        write_episode(folder / f"episode_{seed:06d}.mcap", carried(100 + seed, around=True))
    return folder


def flow_config(play: Path, steps: int = 30, **options: object) -> TrainConfig:
    """A run of tiny networks."""
    learner = {"play": str(play), "points": list(POINTS), "task": ["goal_position"], "sees": [], "steps": 4, **options}
    plain = {
        "name": "test",
        "data": "unused",
        "model": {"name": "perceptron", "channels": [32, 32]},
        "diffusion": {"steps": 20, "sampling_steps": 3},
        "training": {"steps": steps, "batch": 32, "warmup_steps": 5, "log_every": 5, "save_every": 10},
    }
    config = TrainConfig.from_dict({**plain, "learner": {"name": "flow_points", **learner}})
    assert isinstance(config.learner, LearnerConfig)
    return config
