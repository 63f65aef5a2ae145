"""Records demonstrations of which half have a known flaw, all of them successful: data for docs/accountant.md.

    python scripts/accountant/record_flawed.py OUT [--task reach --episodes 120 --seed 0 --share 0.5]

The seed decides on the flaw, so the same command goes on where it was interrupted. `info["flaw"]` names it, '' where
there is none.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np

from midp_ros.control import CommandShaper, shaped_trajectory
from midp_ros.core.contract import Contract
from midp_ros.expert import ToolDisturbance, make_expert
from midp_ros.expert.flaws import FLAWS, FlawedExpert
from midp_ros.recording import EpisodeWriter, recorded_info
from midp_ros.simulation import Simulation, rollout
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.hand.hand_command import HandTiming

HAND_START_S, DISTURB_M = 0.8, 0.015  # as `midp record` by default


def flaw_of(seed: int, share: float) -> str:
    """The flaw of a seed's episode, '' for none."""
    random = np.random.default_rng([seed, 4])
    return str(random.choice(sorted(FLAWS))) if random.uniform() < share else ""


def main() -> None:
    """Records until so many episodes without and with flaws are there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--task", default="reach")
    parser.add_argument("--episodes", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.5, help="of episodes with a flaw")
    options = parser.parse_args()
    contract = replace(Contract.load(options.task), robot="fr3")
    simulation = Simulation(options.task, "fr3", options=RobotOptions(reflexes=True), hand=HandTiming(HAND_START_S))
    disturbance = ToolDisturbance(contract, DISTURB_M)
    shape = partial(shaped_trajectory, shaper=CommandShaper(simulation.profile))
    experts = {flaw: FlawedExpert(make_expert(options.task, contract), flaw) for flaw in FLAWS}
    writer, kept, failed = EpisodeWriter(options.out), Counter[bool](), Counter[str]()
    flawed = round(options.share * options.episodes)
    wanted = {False: options.episodes - flawed, True: flawed}
    there = {info["seed"]: info for info in recorded_info(options.out)}
    for seed in count(options.seed):
        if kept[False] >= wanted[False] and kept[True] >= wanted[True]:
            break
        flaw = flaw_of(seed, options.share)
        if kept[bool(flaw)] >= wanted[bool(flaw)]:
            continue
        if seed not in there:
            info = {"task": options.task, "robot": "fr3", "source": "expert", "seed": seed, "flaw": flaw}
            writer.start(contract, {**info, "disturb_m": DISTURB_M})
            expert = experts[flaw] if flaw else make_expert(options.task, contract)
            result = rollout(simulation, expert, seed, recorder=writer, disturbance=disturbance, shape=shape)
            if not result.success:
                failed[flaw] += 1
                writer.discard()
                continue
            writer.finish({"success": True, "duration_s": result.duration_s})
        kept[bool(flaw)] += 1
    print(f"{kept.total()} episodes in {options.out}, {kept[True]} with a flaw; failed and left out: {dict(failed)}")


if __name__ == "__main__":
    main()
