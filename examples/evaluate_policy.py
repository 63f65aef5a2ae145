"""Success rate of a policy over seeds, with its interval, at several noise levels of the object's pose.

Shows how to put something between simulation and policy. No ROS.

    python examples/evaluate_policy.py --episodes 20 --noise-mm 0 3 6
"""

import argparse
from functools import partial

import numpy as np

from midp_ros.control import CommandShaper, shaped_trajectory
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.package_files import model_path
from midp_ros.core.statistics import wilson_interval
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.simulation import Simulation, rollout


class NoisyObject:
    """The policy, with noise on the object's position as a detector would have it.

    Args:
        noise_m: standard deviation of each coordinate, drawn anew at every observation that the policy receives.
    """

    def __init__(self, policy: OnnxPolicy, noise_m: float):
        self._policy, self._noise_m = policy, noise_m
        self.contract, self.executed_steps = policy.contract, policy.executed_steps

    def reset(self, seed: int) -> None:
        self._policy.reset(seed)
        self._random = np.random.default_rng(seed)

    def act(self, window: ObservationWindow) -> ActionChunk:
        noisy, place = ObservationWindow(self.contract), self.contract.observation_slices["object_position"]
        for observation in window.array():
            shaken = observation.copy()
            shaken[place] += self._random.normal(0.0, self._noise_m, 3)
            noisy.push(window.time_s, shaken)
        return self._policy.act(noisy)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--noise-mm", type=float, nargs="+", default=[0.0, 3.0, 6.0])
    arguments = parser.parse_args()
    policy, simulation = OnnxPolicy(model_path("pick")), Simulation("pick")
    shape = partial(shaped_trajectory, shaper=CommandShaper(simulation.profile))
    for noise_mm in arguments.noise_mm:
        noisy, succeeded = NoisyObject(policy, noise_mm / 1000), 0
        for seed in range(10000, 10000 + arguments.episodes):
            succeeded += rollout(simulation, noisy, seed, shape=shape).success
        low, high = wilson_interval(succeeded, arguments.episodes)
        interval = f"95 % interval {100 * low:.0f} to {100 * high:.0f} %"
        print(f"{noise_mm:4.1f} mm: {succeeded}/{arguments.episodes} ({interval})")


if __name__ == "__main__":
    main()
