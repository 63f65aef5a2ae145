"""Records demonstrations of an expert of your own for the task `reach`, and reads them back.

python examples/record_own_expert.py --out data/my_reach --episodes 5
"""

import argparse

import numpy as np

from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.package_files import package_path
from midp_ros.core.window import ObservationWindow, action_vector
from midp_ros.recording import EpisodeWriter, load_episodes
from midp_ros.simulation import Simulation, rollout

STEP_M = 0.02  # of the tool per control step: 0.2 m/s at 10 Hz


class StraightToTheGoal:
    """Moves the tool towards the goal in a straight line, and turns it at once."""

    executed_steps = 1  # asked again at every control step

    def __init__(self, contract: Contract):
        self.contract = contract

    def reset(self, seed: int) -> None:
        """Nothing is remembered between episodes."""

    def act(self, window: ObservationWindow) -> ActionChunk:
        newest = {name: window.array()[-1][place] for name, place in self.contract.observation_slices.items()}
        way = newest["goal_position"] - newest["tool_position"]
        step = way * min(1.0, STEP_M / max(float(np.linalg.norm(way)), 1e-9))
        action = {"tool_position": newest["tool_position"] + step, "tool_rotation": newest["goal_rotation"]}
        return ActionChunk(action_vector(self.contract, action)[None], window.time_s, self.contract.step_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", default="data/my_reach")
    parser.add_argument("--episodes", type=int, default=5)
    arguments = parser.parse_args()
    contract = Contract.load(package_path("config", "contracts", "reach.yaml"))
    simulation, expert, writer = Simulation("reach"), StraightToTheGoal(contract), EpisodeWriter(arguments.out)
    for seed in range(arguments.episodes):
        writer.start(contract, {"task": "reach", "robot": "fr3", "seed": seed, "source": "straight to the goal"})
        result = rollout(simulation, expert, seed, recorder=writer)
        if result.success:
            writer.finish({"success": True, "duration_s": result.duration_s})
        else:
            writer.discard()
    episodes = load_episodes(arguments.out)
    print(f"{len(episodes)} episodes, {sum(map(len, episodes))} steps in {arguments.out}")


if __name__ == "__main__":
    main()
