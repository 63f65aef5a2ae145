"""`recorder`: runs episodes and records what the contract names."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("episodes.recorder_node:RecorderNode")


if __name__ == "__main__":
    main()
