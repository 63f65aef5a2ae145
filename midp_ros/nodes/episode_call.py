"""`midp_operator`: one call of an operator to the recorder; `midp episode`."""

from midp_ros.nodes.ros.starting import load, process


def main() -> None:
    """Entry point."""
    with process():
        run = load("operator.operator_node:run_command")
        run(load("operator.episode_call:EpisodeCall"))


if __name__ == "__main__":
    main()
