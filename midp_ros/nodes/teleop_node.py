"""`teleop`: a person drives the arm."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("teleop.teleop_node:TeleopNode", real_time=True)


if __name__ == "__main__":
    main()
