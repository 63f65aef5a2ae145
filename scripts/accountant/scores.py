"""Draws the scores of demonstrations by their flaw, for docs/accountant.md.

    python scripts/accountant/scores.py RECORDED docs/results/accountant/scores.png
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from midp_ros.accounting import rank
from midp_ros.recording import load_episodes


def main(recorded: Path, out: Path) -> None:
    """One dot an episode, the median of all as a line: below it is the half that is left out."""
    ranking = rank(load_episodes(recorded))
    kinds: dict[str, list[float]] = {}
    for ranked in ranking.episodes:
        kinds.setdefault(str(ranked.episode.info.get("flaw", "")), []).append(ranked.score.mean)
    figure, random = Figure(figsize=(6.5, 3.2), layout="constrained"), np.random.default_rng(0)
    axis = figure.subplots()
    for place, (_, scores) in enumerate(sorted(kinds.items())):
        axis.plot(scores, place + random.uniform(-0.25, 0.25, len(scores)), ".", alpha=0.7)
        axis.plot([np.median(scores)] * 2, [place - 0.35, place + 0.35], color="black", lw=1.5)
    axis.axvline(float(np.median(np.concatenate(list(kinds.values())))), color="black", lw=1, ls="--")
    axis.set_yticks(range(len(kinds)), [f"{kind or 'no flaw'} ({len(kinds[kind])})" for kind in sorted(kinds)])
    axis.set(xlabel="score [nat]", title=f"{len(ranking.episodes)} demonstrations")
    axis.grid(axis="x", alpha=0.3)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=90, metadata={"Software": None})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
