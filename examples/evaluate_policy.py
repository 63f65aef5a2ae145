"""Success rate of `pick` over seeds, with its interval, under errors of the cube's observed position.

Shows how to put something between simulation and policy: here, noise and offsets as a detector has them. No ROS.

    python examples/evaluate_policy.py --episodes 20 --noise-mm 0 6 15 --offset-mm 10 20
"""

import argparse

import numpy as np

import midp_ros
from midp_ros.core.statistics import wilson_interval


def succeeds(
    policy: midp_ros.StepwisePolicy, env: midp_ros.TaskEnvironment, seed: int, noise_m: float, offset_m: float
) -> bool:
    """Whether an episode succeeds.

    Args:
        noise_m: standard deviation of each coordinate of the cube's position, drawn anew at every control step.
        offset_m: constant horizontal error, in a direction of the seed.
    """
    random = np.random.default_rng(seed)
    angle = random.uniform(-np.pi, np.pi)
    offset = offset_m * np.array([np.cos(angle), np.sin(angle), 0.0])
    policy.reset(seed=seed)
    observation, _ = env.reset(seed=seed)
    terminated = truncated = False
    while not (terminated or truncated):
        observation["object_position"] += offset + random.normal(0.0, noise_m, 3)
        observation, _, terminated, truncated, info = env.step(policy.act(observation))
    return info["is_success"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--noise-mm", type=float, nargs="*", default=[0.0, 6.0])
    parser.add_argument("--offset-mm", type=float, nargs="*", default=[])
    arguments = parser.parse_args()
    policy, env = midp_ros.load_policy("pick"), midp_ros.make_env("pick")
    errors = [(noise, 0.0) for noise in arguments.noise_mm] + [(0.0, offset) for offset in arguments.offset_mm]
    for noise_mm, offset_mm in errors:
        seeds = range(10000, 10000 + arguments.episodes)
        succeeded = sum(succeeds(policy, env, seed, noise_mm / 1000, offset_mm / 1000) for seed in seeds)
        low, high = wilson_interval(succeeded, arguments.episodes)
        interval = f"95 % interval {100 * low:.0f} to {100 * high:.0f} %"
        print(f"noise {noise_mm:g} mm, offset {offset_mm:g} mm: {succeeded}/{arguments.episodes} ({interval})")


if __name__ == "__main__":
    main()
