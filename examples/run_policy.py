"""Runs a shipped policy in the simulation, without ROS: one episode, one line per second.

python examples/run_policy.py --task pick --seed 10000
"""

import argparse

from midp_ros.control import CommandShaper, shaped_trajectory
from midp_ros.core.package_files import model_path
from midp_ros.core.window import ObservationWindow, observation_vector
from midp_ros.inference.onnx_policy import OnnxPolicy
from midp_ros.kinematics import ToolTracker
from midp_ros.simulation import Simulation


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--task", default="pick")
    parser.add_argument("--model", default="", help="ONNX file; by default the shipped one of the task")
    parser.add_argument("--seed", type=int, default=10000)
    arguments = parser.parse_args()
    policy = OnnxPolicy(model_path(arguments.model or arguments.task))
    contract, simulation = policy.contract, Simulation(arguments.task)
    simulation.reset(arguments.seed)
    policy.reset(arguments.seed)
    tracker, shaper = ToolTracker(simulation.model, contract), CommandShaper(simulation.profile)
    window, arm, step = ObservationWindow(contract), simulation.arm, 0
    while not (status := simulation.status()).done:
        window.push(simulation.time_s, observation_vector(contract, simulation.observe()))
        if step % policy.executed_steps == 0:
            chunk = policy.act(window)
            desired = tracker.motion(chunk, arm.desired_rad, arm.desired_rad_s)
            state = arm.desired_rad, arm.desired_rad_s, arm.desired_rad_s2
            simulation.follow(shaped_trajectory(desired, simulation.time_s, state, shaper))
        if (place := contract.action_slices.get("gripper_width")) is not None:
            width_m = float(chunk.actions[step % policy.executed_steps][place][0])
            simulation.move_gripper(0.0 if width_m < 0.04 else simulation.profile.gripper_width_max_m)
        if step % round(contract.rate_hz) == 0:
            print(f"{status.elapsed_s:4.1f} s   tool to target {1000 * status.position_error_m:6.1f} mm")
        simulation.advance(contract.step_s)
        step += 1
    print(f"{'success' if status.success else 'failure'} after {status.elapsed_s:.1f} s")


if __name__ == "__main__":
    main()
