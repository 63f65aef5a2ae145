"""`midp_diagnostics`: prints a node's reports on /diagnostics; `midp bench` starts it."""

from midp_ros.nodes.ros.starting import start


def main() -> None:
    """Entry point."""
    start("doctor.diagnostics_listener:DiagnosticsListener")


if __name__ == "__main__":
    main()
