"""The start and the end of a node's process: an interruption is quiet from the first instruction on.

Imports the standard library and core's errors only: ROS and the mathematics take seconds to load.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, NoReturn

from midp_ros.core.errors import MidpError
from midp_ros.core.interruption import leave_quietly

INTERRUPTED = 0  # as `running.run` leaves on the same signals


def start(node: str, real_time: bool = False, **options: Any) -> None:
    """Imports a node's class and spins it by `running.run`.

    Args:
        node: `module:Class`, the module below midp_ros.nodes.
        real_time, options: as `running.run` takes them.
    """
    with process():
        factory = load(node)
        load("ros.running:run")(factory, real_time=real_time, **options)


@contextmanager
def process() -> Iterator[None]:
    """Around all that a node's process does: its end is Python's, up to the libraries' own destructors.

    Those of Fast DDS have once kept a process, whose node was shut down, in a loop on the clock for good.
    """
    status = [1]  # an exception's
    atexit.register(_leave, status)  # before anything else is, and so called after it
    try:
        yield
        status[0] = 0
    except SystemExit as e:
        status[0] = e.code if isinstance(e.code, int) else int(e.code is not None)
        raise


def _leave(status: list[int]) -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(status[0])


def load(target: str) -> Callable[..., Any]:
    """Imports `module:name` below midp_ros.nodes; a user's error ends the process in one line.

    Until the caller sets handlers of its own, SIGINT and SIGTERM end the process at once: nothing has been done yet.
    """
    leave_quietly(signal.SIGINT, signal.SIGTERM, status=INTERRUPTED)
    # OpenBLAS's workers spin between calls and have the real-time priority of the thread that starts them: beside the
    # numpy of a sourced ROS 2, two such nodes took both cores for themselves. Matrices of 7 rows need no workers.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from midp_ros.nodes.ros.environment import check_environment, import_problem  # 40 ms, after the handlers are set

    module, _, name = target.partition(":")
    try:
        check_environment()
        found: Callable[..., Any] = getattr(import_module(f"midp_ros.nodes.{module}"), name)
    except MidpError as e:
        fail(str(e))
    except ImportError as e:
        if not (problem := import_problem(e)):
            raise
        fail(problem)
    return found


def fail(message: str) -> NoReturn:
    """Ends the process with one line on stderr and status 1."""
    print(f"error: {message}", file=sys.stderr)
    sys.exit(1)
