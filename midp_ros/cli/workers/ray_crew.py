"""Workers on a Ray cluster, or on one that is started here for the command alone; imports ray where it is used."""

from __future__ import annotations

import os
import pickle
import secrets
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

from midp_ros.cli.terminal.console import warn
from midp_ros.cli.workers.crew import Died, Message, Work
from midp_ros.cli.workers.local import interruptions_blocked, usable_cores
from midp_ros.cli.workers.relay import Relay, Setup, dumped
from midp_ros.core.errors import MidpError

LOCAL = "local"
ANSWER_S = 5.0
END_S = 60.0  # that a training has to save its checkpoint
# No statistics are sent, workers keep the GPU's visibility, and Ray stays quiet.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_enable_metrics_collection": "0",
}


def _require_answer(address: str) -> None:
    """Ray itself tries an address at which nothing answers for ten minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        try:
            socket.create_connection((host, int(port)), ANSWER_S).close()
        except OSError as e:
            raise MidpError(f"no Ray cluster answers at {address!r}: {e.strerror or e}") from None


@contextmanager
def _sigterm_kept() -> Iterator[None]:
    """Ray takes SIGTERM from its caller, who may want to save something first."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def require_gpus(address: str, wanted: float, nodes: Sequence[Mapping[str, Any]]) -> None:
    """An actor that no machine can take would wait for ever, without a word.

    Args:
        wanted: by each actor.
        nodes: as Ray describes them.

    Raises:
        MidpError: a local Ray has fewer; a cluster may grow, there it is a warning.
    """
    most = max((node["Resources"].get("GPU", 0.0) for node in nodes if node["Alive"]), default=0.0)
    if most >= wanted:
        return
    if address == LOCAL:
        raise MidpError(f"--gpus {wanted:g}: Ray finds {most:g} GPUs on this machine")
    largest = f"no machine of the cluster has so many, the largest has {most:g}"
    warn(f"--gpus {wanted:g}: {largest}; the workers wait for a machine that has")


@dataclass(eq=False)
class RayWorker:
    """An actor that passes on what its process sends."""

    number: int
    actor: Any
    where: str = ""

    @property
    def name(self) -> str:
        """Number, and where it runs once that is known."""
        return f"worker {self.number}" + (f" ({self.where})" if self.where else "")

    def give(self, item: Any) -> None:
        """Hands it an item."""
        self.actor.give.remote(dumped(item))


class RayCrew:
    """Actors, each with one core and, where asked for, a share of a GPU.

    Args:
        address: of a running cluster, as `ray start` prints it; `local` starts one for as long as this block lasts.
        count: workers; 0: not known yet. A local cluster has so many cores.
        gpus: per worker.
    """

    def __init__(self, work: Work[Any], address: str, count: int, gpus: float):
        self._work, self._address, self._count, self._gpus = work, address, count, gpus
        self._pending: dict[Any, RayWorker] = {}  # by the message that is awaited
        self._hired: list[RayWorker] = []
        self._folder = ""

    def __enter__(self) -> RayCrew:
        os.environ.update({k: v for k, v in ENVIRONMENT.items() if k not in os.environ})
        try:
            import ray
        except ImportError:
            raise MidpError("--ray needs Ray; pip install 'midp_ros[cluster]' brings it") from None
        if ray.is_initialized():
            raise MidpError("Ray runs in this process already")
        _require_answer(self._address)
        options: dict[str, Any] = {"address": self._address}
        if self._address == LOCAL:
            self._folder = tempfile.mkdtemp(prefix="midp_ray_", dir="/tmp")  # sockets' paths are limited to 107 bytes
            options |= {"num_cpus": self._count or usable_cores(), "include_dashboard": False}
            options["_temp_dir"] = self._folder
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))  # else Ray writes one into the home folder
        try:
            with _sigterm_kept(), interruptions_blocked(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
                ray.init(**options, log_to_driver=False, configure_logging=False)
        except Exception as e:  # of many kinds, none of them public
            self._close()
            reason = str(e).strip().splitlines()[0] if str(e).strip() else type(e).__name__
            raise MidpError(f"no Ray cluster answers at {self._address!r}: {reason}") from None
        self._ray = ray
        try:
            require_gpus(self._address, self._gpus, ray.nodes())
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.dismiss(list(self._hired))
        finally:
            self._close()

    def _close(self) -> None:
        import ray

        with interruptions_blocked():
            ray.shutdown()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def cores(self) -> int:
        """Of the cluster."""
        return int(self._ray.cluster_resources().get("CPU", 1))

    def hire(self, number: int) -> RayWorker:
        """Starts an actor; where no core is free it waits for one."""
        setup = Setup.here(number, self._work)
        options: dict[str, Any] = {"num_cpus": 1, "num_gpus": self._gpus, "max_concurrency": 3}
        actor: Any = self._ray.remote(**options)(Relay).remote(setup)
        worker = RayWorker(number, actor)
        self._hired.append(worker)
        self._pending[actor.receive.remote()] = worker
        return worker

    def receive(self, workers: Sequence[RayWorker]) -> list[tuple[RayWorker, Message]]:
        """Waits for messages; all that have come."""
        awaited = [ref for ref, worker in self._pending.items() if worker in workers]
        ready, _ = self._ray.wait(awaited, num_returns=1)
        found: list[tuple[RayWorker, Message]] = []
        for ref in ready:
            worker = self._pending.pop(ref)
            try:
                messages = [pickle.loads(m) for m in self._ray.get(ref)]
                if not worker.where:
                    worker.where = self._ray.get(worker.actor.where.remote())
            except self._ray.exceptions.RayError as e:
                messages = [Died(f"was lost: {str(e).strip().splitlines()[0]}")]
            if not any(isinstance(m, Died) for m in messages):
                self._pending[worker.actor.receive.remote()] = worker
            found += [(worker, message) for message in messages]
        return found

    def dismiss(self, workers: Sequence[RayWorker]) -> None:
        """Ends actors and their processes, all at the same time."""
        ended = [w.actor.end.remote() for w in workers]
        if ended:
            self._ray.wait(ended, num_returns=len(ended), timeout=END_S)
        for worker in workers:
            self._ray.kill(worker.actor)
            self._hired.remove(worker)
        self._pending = {ref: worker for ref, worker in self._pending.items() if worker not in workers}
