"""MoveItPy's process: found, started, asked and ended; imports core."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import tempfile
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any

import midp_ros
from midp_ros.planning.request import NoMotionError, PlannerMissingError

SCRIPT = Path(midp_ros.__file__).parent / "nodes" / "planning" / "moveit_process.py"
DISTRIBUTIONS, MARK = "/opt/ros", "share/moveit_py/package.xml"
PYTHON = "/usr/bin/python3"  # that a distribution's packages are built for
START_S, ANSWER_S = 60.0, 20.0  # beyond the time of the search
KEPT_LINES = 200  # of the process's log
# Of this process's environment; the rest of it belongs to another Python.
INHERITED = ("ROS_", "RMW_", "CYCLONEDDS_", "FASTRTPS_", "FASTDDS_", "HOME", "USER", "LANG", "LC_", "TMPDIR")
REMEDY = "source a ROS 2 with moveit_py (apt package ros-<distribution>-moveit-py), or take planner builtin"


def setup_file() -> Path | None:
    """setup.bash of a ROS 2 with moveit_py: of a sourced one, else one in /opt/ros; None: there is none."""
    sourced = [Path(prefix) for prefix in os.environ.get("AMENT_PREFIX_PATH", "").split(":") if prefix]
    installed = sorted(Path(DISTRIBUTIONS).glob("*")) if Path(DISTRIBUTIONS).is_dir() else []
    for prefix in (*sourced, *installed):
        if (prefix / MARK).is_file() and (setup := prefix / "setup.bash").is_file():
            return setup
    return None


class MoveItProcess:
    """One process, which starts at once and beside this one, until `close`.

    Args:
        parameters: MoveItPy's.

    Raises:
        PlannerMissingError: there is no MoveIt.
    """

    def __init__(self, parameters: dict[str, Any]):
        setup = setup_file()
        if setup is None:
            raise PlannerMissingError(f"MoveIt is not installed: {REMEDY}")
        self._folder = tempfile.TemporaryDirectory(prefix="midp_moveit_")
        path = Path(self._folder.name) / "parameters.json"
        path.write_text(json.dumps(parameters))
        environment = {name: text for name, text in os.environ.items() if name.startswith(INHERITED)}
        environment |= {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "ROS_LOG_DIR": self._folder.name,
            "PYTHONUNBUFFERED": "1",
        }
        self._process = subprocess.Popen(
            ["bash", "-c", '. "$0" && exec "$@"', str(setup), PYTHON, str(SCRIPT), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the process that asks
        )
        self._log: deque[str] = deque(maxlen=KEPT_LINES)
        self._answer, self._selector = b"", selectors.DefaultSelector()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)
        self._ready = False

    def ask(self, request: dict[str, Any], patience_s: float = 0.0) -> dict[str, Any]:
        """The answer.

        Raises:
            PlannerMissingError: the process has not started.
            NoMotionError: it has ended since, or does not answer.
        """
        assert self._process.stdin is not None
        if not self._ready:
            self._await_start()
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise NoMotionError(self._ended()) from None
        return self._read(patience_s + ANSWER_S)

    def close(self) -> None:
        """Ends it."""
        if self._process.stdin is not None:
            with suppress(OSError):  # closing sends what is still unsent, to a process that may be dead
                self._process.stdin.close()
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._selector.close()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        self._folder.cleanup()

    def _await_start(self) -> None:
        try:
            self._read(START_S)
        except NoMotionError as e:
            raise PlannerMissingError(f"MoveIt does not start: {e}") from None
        self._ready = True

    def _read(self, limit_s: float) -> dict[str, Any]:
        end_s = time.monotonic() + limit_s
        while b"\n" not in self._answer:
            left_s = end_s - time.monotonic()
            if left_s <= 0:
                raise NoMotionError(f"MoveIt has not answered within {limit_s:g} s; {self._last_words()}")
            self._take(left_s)
        line, _, self._answer = self._answer.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _take(self, left_s: float) -> None:
        """Whatever arrives next."""
        for key, _ in self._selector.select(left_s):
            content = os.read(key.fd, 1 << 16)
            if key.fileobj is self._process.stderr:
                self._log.extend(content.decode(errors="replace").splitlines())
                if not content:
                    self._selector.unregister(key.fileobj)
            elif content:
                self._answer += content
            else:
                raise NoMotionError(self._ended())

    def _ended(self) -> str:
        with suppress(OSError, ValueError, subprocess.TimeoutExpired):  # what it said last may still be on its way
            self._process.wait(2.0)
            while content := os.read(self._process.stderr.fileno(), 1 << 16):  # type: ignore[union-attr]
                self._log.extend(content.decode(errors="replace").splitlines())
        return f"MoveIt's process has ended; {self._last_words()}"

    def _last_words(self) -> str:
        errors = [line for line in self._log if "rror" in line or "FATAL" in line]
        last = (errors or list(self._log))[-1:]
        return f"its log ends: {last[0].strip()[:200]}" if last else "it has logged nothing"
