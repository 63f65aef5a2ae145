"""`expert`: drives a task by its script, in the same loop as the policy."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("policy.expert_node:ExpertNode", real_time=True)


if __name__ == "__main__":
    main()
