"""`policy`: runs an exported policy in closed loop."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("policy.policy_node:PolicyNode", real_time=True)


if __name__ == "__main__":
    main()
