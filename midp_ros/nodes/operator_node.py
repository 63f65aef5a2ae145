"""`midp_operator`: one call of an operator to a running node; `midp confirm | stop | resume | recover | status`."""

from midp_ros.nodes.ros.starting import load, process


def main() -> None:
    """Entry point."""
    with process():
        load("operator.operator_node:run_command")()


if __name__ == "__main__":
    main()
