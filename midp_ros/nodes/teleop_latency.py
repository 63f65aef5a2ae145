"""Times from a device's message to the command that answers it, one line of JSON each, for `midp bench --teleop`."""

from midp_ros.nodes.ros.starting import load, process


def main() -> None:
    """Entry point."""
    with process():
        load("teleop.latency_probe:run_probe")()


if __name__ == "__main__":
    main()
