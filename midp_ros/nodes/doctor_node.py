"""`midp_doctor`: prints a snapshot of the graph as JSON; `midp doctor` starts it and judges what it saw."""

from midp_ros.nodes.ros.starting import load, process


def main() -> None:
    """Entry point."""
    with process():
        load("doctor.doctor_node:print_snapshot")()


if __name__ == "__main__":
    main()
