"""`viewer`: a web page that shows the arm live; `python -m midp_ros.nodes.viewer_node`."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("viewer.viewer_node:ViewerNode")


if __name__ == "__main__":
    main()
