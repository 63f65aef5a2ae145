"""`recorder`: runs episodes and records what the contract names."""

from midp_ros.nodes.ros.real_time import RECEPTION_PRIORITY
from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("episodes.recorder_node:RecorderNode", True, priority=RECEPTION_PRIORITY, risk="messages may be lost")


if __name__ == "__main__":
    main()
