"""Runs a shipped policy in the simulation, without ROS: one episode, one line per second.

    python examples/run_policy.py --task pick --seed 10000
"""

import argparse

import midp_ros


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="pick")
    parser.add_argument("--model", default="", help="ONNX file; by default the shipped one of the task")
    parser.add_argument("--seed", type=int, default=10000)
    arguments = parser.parse_args()
    policy, env = midp_ros.load_policy(arguments.model or arguments.task), midp_ros.make_env(arguments.task)
    policy.reset(seed=arguments.seed)
    observation, info = env.reset(seed=arguments.seed)
    steps, terminated, truncated = 0, False, False
    while not (terminated or truncated):
        if steps % round(policy.contract.rate_hz) == 0:
            print(f"{info['time_s']:4.1f} s   tool to target {1000 * info['position_error_m']:6.1f} mm")
        observation, _, terminated, truncated, info = env.step(policy.act(observation))
        steps += 1
    print(f"{'success' if info['is_success'] else 'failure'} after {info['time_s']:.1f} s")


if __name__ == "__main__":
    main()
