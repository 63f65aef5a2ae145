"""`replay`: plays a recorded episode in the policy's loop."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("policy.replay_node:ReplayNode", real_time=True)


if __name__ == "__main__":
    main()
