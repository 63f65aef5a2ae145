"""`evaluation`: scores a policy node over some episodes."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("episodes.evaluation_node:EvaluationNode")


if __name__ == "__main__":
    main()
