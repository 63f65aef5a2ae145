"""`deployment`: checks the robot, moves it to the start pose and activates the policy."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("deployment.deployment_node:DeploymentNode")


if __name__ == "__main__":
    main()
