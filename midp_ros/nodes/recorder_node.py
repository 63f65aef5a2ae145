"""`recorder`: runs episodes and records what the contract names."""

from midp_ros.nodes.ros.real_time import RECEPTION_PRIORITY
from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    risk = "messages may be lost on a busy machine"
    start("episodes.recorder_node:RecorderNode", True, priority=RECEPTION_PRIORITY, risk=risk)


if __name__ == "__main__":
    main()
