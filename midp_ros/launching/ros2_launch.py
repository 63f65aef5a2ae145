"""A launch file run by ROS's own launch, with an exit status that says whether a process failed; imports launch.

For launch files that include Python ones. `ros2 launch` itself ends with status 0 when a node dies.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from midp_ros.launching.discovery import local_discovery
from midp_ros.launching.environment import domain_problem, log_settings
from midp_ros.launching.errors import LaunchError
from midp_ros.launching.signals import CLEAN
from midp_ros.launching.terminal import CONTROLLING, VARIABLE


def run_by_ros2_launch(path: Path, arguments: Mapping[str, str]) -> int:
    """Runs the file until all processes have ended; SIGINT and SIGHUP stop them.

    Returns:
        0 when all is well, 1 when a process failed or the file could not be run.

    Raises:
        LaunchError: this Python finds no ROS 2 with `ros2 launch`, or ROS_DOMAIN_ID is unusable.
    """
    if problem := domain_problem():
        raise LaunchError(problem)
    settings, warning = log_settings()
    # Its processes get no standard input, but they stay in the session, whose terminal they can open.
    terminal = {VARIABLE: CONTROLLING} if sys.stdin is not None and sys.stdin.isatty() else {}
    os.environ.update({**local_discovery(), **settings, **terminal})
    if warning:
        print(f"[launch] {warning}", flush=True)
    try:
        from launch.actions import IncludeLaunchDescription, RegisterEventHandler
        from launch.event_handlers import OnProcessExit
        from launch.launch_description_sources import AnyLaunchDescriptionSource

        from launch import LaunchDescription, LaunchService
    except ImportError as e:
        raise LaunchError(
            f"{path.name} needs `ros2 launch`, which this Python does not find ({e}): source a ROS 2"
        ) from None
    failed: list[str] = []

    def note(event: Any, context: Any) -> None:
        if event.returncode not in CLEAN:
            failed.append(event.process_name)

    included = IncludeLaunchDescription(AnyLaunchDescriptionSource(str(path)), launch_arguments=list(arguments.items()))
    service = LaunchService(argv=[f"{name}:={value}" for name, value in arguments.items()])
    service.include_launch_description(LaunchDescription([RegisterEventHandler(OnProcessExit(on_exit=note)), included]))
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, frame: os.kill(os.getpid(), signal.SIGINT))
    status = int(service.run())
    if failed:
        print(f"[launch] failed: {', '.join(failed)}", flush=True)
    return 1 if failed else status
