"""`franka_simulation`: the stand-in for the robot and its task, with franka_ros2's interfaces."""

from midp_ros.nodes.ros.real_time import STAND_IN_PRIORITY, real_time_problem
from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    real_time_problem(STAND_IN_PRIORITY)  # where that is not allowed, the loop has no priority over it either
    start("stand_in.simulation_node:SimulationNode")


if __name__ == "__main__":
    main()
