"""`midp`'s entry point: an interruption is quiet while the commands are loaded, too; they are in app.py."""

import signal

from midp_ros.core.interruption import leave_quietly


def main() -> None:
    """Runs the command line."""
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN  # as a shell's job in the background
    if not ignored:
        leave_quietly(signal.SIGINT)
    from midp_ros.cli.app import run_command

    if not ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run_command()


if __name__ == "__main__":
    main()
