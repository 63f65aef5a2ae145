"""Splits demonstrations into the parts that config/experiments/accountant.yaml compares: data for docs/accountant.md.

    python scripts/accountant/split.py RECORDED OUT [--keep 0.5 --seeds 5]

Writes into OUT: `all`; `kept`, the best by the accountant; `random_0`, ..., one for each training seed; `shortest` and
`smoothest`, the simple rules; `unflawed`, the episodes without a flaw, which only this experiment can know.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from midp_ros.accounting import rank
from midp_ros.accounting.kept_part import write_folder
from midp_ros.core.episode import Episode
from midp_ros.recording import load_episodes

COMMANDED = "tool_position"


def jerk(episode: Episode) -> float:
    """Mean square of the commanded tool position's third difference [m^2]."""
    position = episode.action[:, episode.contract.action_slices[COMMANDED]]
    return float((np.diff(position, 3, axis=0) ** 2).sum(axis=1).mean()) if len(position) > 3 else 0.0


def least(values: Iterable[float], count: int) -> list[int]:
    """Numbers of the lowest values."""
    return sorted(int(i) for i in np.argsort(list(values), kind="stable")[:count])


def main() -> None:
    """Writes the parts, and what each holds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recorded", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--keep", type=float, default=0.5)
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    episodes = load_episodes(options.recorded)
    ranking, count = rank(episodes), round(options.keep * len(episodes))
    flaws = [str(e.info.get("flaw", "")) for e in episodes]
    parts = {
        "all": list(range(len(episodes))),
        "kept": [r.number for r in ranking.best(options.keep)],
        "shortest": least(map(len, episodes), count),
        "smoothest": least(map(jerk, episodes), count),
        "unflawed": [i for i, flaw in enumerate(flaws) if not flaw][:count],
    }
    for seed in range(options.seeds):
        drawn = np.random.default_rng([seed, 5]).choice(len(episodes), count, replace=False)
        parts[f"random_{seed}"] = sorted(map(int, drawn))
    about = {}
    for name, numbers in parts.items():
        write_folder([episodes[i].name for i in numbers], options.out / name)
        flawed = [flaws[i] for i in numbers if flaws[i]]
        steps = sum(len(episodes[i]) for i in numbers)
        about[name] = {"episodes": len(numbers), "steps": steps} | {f: flawed.count(f) for f in sorted(set(flaws)) if f}
        print(f"{name:12s} {about[name]}")
    (options.out / "parts.json").write_text(json.dumps(about, indent=1) + "\n")


if __name__ == "__main__":
    main()
