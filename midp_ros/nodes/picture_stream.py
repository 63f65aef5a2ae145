"""`picture_stream`: test pictures at a camera's full rate, for `midp bench --recorder`."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("stand_in.picture_stream:PictureStreamNode")


if __name__ == "__main__":
    main()
