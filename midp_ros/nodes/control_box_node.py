"""`franka_simulation` as a control box: libfranka's clients drive the simulated arm."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("control_box.control_box_node:ControlBoxNode")


if __name__ == "__main__":
    main()
