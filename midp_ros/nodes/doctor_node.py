"""`midp_doctor`: prints a snapshot of the graph as JSON; `midp doctor` starts it and judges what it saw."""

from midp_ros.nodes.ros.starting import load


def main() -> None:
    """Entry point."""
    load("doctor.doctor_node:print_snapshot")()


if __name__ == "__main__":
    main()
