"""Plots one recorded episode: every observation and action over time, with its unit.

    python examples/plot_episode.py data/pick/episode_000000.mcap --out out/episode.png

Needs matplotlib (`make setup-train`).
"""

import argparse
from pathlib import Path

import matplotlib

from midp_ros.recording import read_episode

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("episode", type=Path)
    parser.add_argument("--out", type=Path, default=Path("out/episode.png"))
    arguments = parser.parse_args()
    episode = read_episode(arguments.episode)
    contract, time_s = episode.contract, episode.time_s - episode.time_s[0]
    rows = [("observed", e, episode.column(e.name)) for e in contract.observation]
    rows += [("action", e, episode.action[:, contract.action_slices[e.name]]) for e in contract.action]
    figure, axes = plt.subplots(len(rows), 1, figsize=(8, 1.6 * len(rows)), sharex=True, squeeze=False)
    for axis, (kind, entry, values) in zip(axes[:, 0], rows, strict=True):
        axis.plot(time_s, values, marker=".", markersize=3, linewidth=1)
        axis.set_title(f"{kind}: {entry.name} [{entry.unit}]", fontsize=9, loc="left")
    axes[-1, 0].set_xlabel("time [s]")
    figure.suptitle(f"{contract.skill}, {len(episode)} steps, {'success' if episode.success else 'failure'}")
    figure.tight_layout()
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(arguments.out, dpi=110)
    print(arguments.out)


if __name__ == "__main__":
    main()
