"""Workers as jobs of Slurm, by submitit; the jobs and this command exchange files in a folder that both see."""

from __future__ import annotations

import logging
import pickle
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from midp_ros.cli.workers.crew import Died, Message, Work
from midp_ros.cli.workers.mailbox import Mailbox
from midp_ros.cli.workers.relay import Relay, Setup, dumped
from midp_ros.core.errors import CommandError, MidpError

LOCAL = "local"  # submitit's processes of this machine, in the place of Slurm's jobs
POLL_S = 0.1
STATE_S = 2.0  # between two looks at a job's state
HEARTBEAT_S = 10.0
SILENCE_S = 600.0  # of the command, after which its jobs end
END_S = 60.0  # that a training has to save its checkpoint
TIMEOUT_MIN = 24 * 60


@dataclass(eq=False)
class SlurmWorker:
    """A job and its two mailboxes."""

    number: int
    job: Any
    folder: Path
    to: Mailbox
    back: Mailbox
    looked_s: float = 0.0

    @property
    def name(self) -> str:
        """Number and the job's id."""
        return f"worker {self.number} (job {self.job.job_id})"

    def give(self, item: Any) -> None:
        """Hands it an item."""
        self.to.put(dumped(item))


class SlurmCrew:
    """Jobs of one core each, and of GPUs where asked for.

    Args:
        options: PARTITION,parameter=value,...: submitit's parameters; `local` for its stand-in for Slurm.
        gpus: per job.
    """

    def __init__(self, work: Work[Any], options: str, gpus: float):
        self._work, self._gpus = work, gpus
        self._partition, self._parameters = parsed(options)
        self._hired: list[SlurmWorker] = []
        self._beaten_s = 0.0

    def __enter__(self) -> SlurmCrew:
        import submitit

        logging.getLogger("submitit").setLevel(logging.ERROR)
        # Where the command was called: a machine's own /tmp is not seen by the others.
        self._folder = Path(tempfile.mkdtemp(prefix=".midp_slurm_", dir="."))
        local = self._partition == LOCAL
        try:
            self._executor = submitit.AutoExecutor(self._folder / "log", cluster="local" if local else "slurm")
            options: dict[str, Any] = {"timeout_min": TIMEOUT_MIN, "cpus_per_task": 1, "name": "midp"}
            if self._gpus:
                options["gpus_per_node"] = int(self._gpus)
            if not local:
                # A job that is put back into the queue would find its messages read.
                options |= {"slurm_partition": self._partition, "slurm_additional_parameters": {"no_requeue": True}}
            self._executor.update_parameters(**options | self._parameters)
        except Exception as e:  # of many kinds
            shutil.rmtree(self._folder, ignore_errors=True)
            raise MidpError(f"--slurm: {str(e).strip().splitlines()[0]}") from None
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.dismiss(list(self._hired))
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def cores(self) -> int:
        """How many Slurm will give is known to nobody before."""
        raise CommandError("--slurm needs the number of jobs: --jobs N, or --workers N of `midp record`")

    def hire(self, number: int) -> SlurmWorker:
        """Submits a job."""
        folder = Path(tempfile.mkdtemp(prefix=f"worker_{number}_", dir=self._folder)).resolve()
        ways = [folder / "to", folder / "back"]
        for way in ways:
            way.mkdir()
        job = self._executor.submit(serve, Setup.here(number, self._work), str(folder))
        worker = SlurmWorker(number, job, folder, Mailbox(ways[0]), Mailbox(ways[1]))
        self._hired.append(worker)
        return worker

    def receive(self, workers: Sequence[SlurmWorker]) -> list[tuple[SlurmWorker, Message]]:
        """Waits for messages; all that have come."""
        while True:
            self._beat()
            found: list[tuple[SlurmWorker, Message]] = []
            for worker in workers:
                ended = self._has_ended(worker)  # before its last messages are read
                messages = [pickle.loads(content) for content in worker.back.take()]
                if ended and not messages:
                    messages = [Died(f"ended: {worker.job.state.lower()}")]
                found += [(worker, message) for message in messages]
            if found:
                return found
            time.sleep(POLL_S)

    def _has_ended(self, worker: SlurmWorker) -> bool:
        now_s = time.monotonic()
        if now_s - worker.looked_s < STATE_S:
            return False
        worker.looked_s = now_s
        return bool(worker.job.done())

    def _beat(self) -> None:
        if time.monotonic() - self._beaten_s > HEARTBEAT_S:
            self._beaten_s = time.monotonic()
            for worker in self._hired:
                (worker.folder / "alive").write_text(str(self._beaten_s))

    def dismiss(self, workers: Sequence[SlurmWorker]) -> None:
        """Ends jobs, all at the same time; those that do not end in a minute are cancelled."""
        for worker in workers:
            (worker.folder / "end").touch()
        end_s = time.monotonic() + END_S
        for worker in workers:
            begun = (worker.folder / "begun").exists()
            while begun and not worker.job.done() and time.monotonic() < end_s:
                time.sleep(POLL_S)
            if not worker.job.done():
                worker.job.cancel()
            self._hired.remove(worker)


def parsed(options: str) -> tuple[str, dict[str, Any]]:
    """Partition and submitit's parameters of PARTITION,parameter=value,...; whole numbers are numbers."""
    partition, *rest = options.split(",")
    parameters: dict[str, Any] = {}
    for entry in rest:
        name, equals, value = entry.partition("=")
        if not (name and equals and value):
            raise CommandError(f"--slurm {options}: {entry!r} is not parameter=value")
        parameters[name] = int(value) if value.isdigit() else value
    if not partition or "=" in partition:
        raise CommandError(f"--slurm {options}: the partition comes first, e.g. gpu,timeout_min=240")
    return partition, parameters


def serve(setup: Setup, folder_name: str) -> None:
    """A job: passes messages on until the command says that it is over, or is silent for ten minutes."""
    folder = Path(folder_name)
    try:
        (folder / "begun").mkdir()
    except (FileExistsError, FileNotFoundError):
        return  # the job was put back into the queue after it had begun, or the command is over
    to, back = Mailbox(folder / "to"), Mailbox(folder / "back")
    relay = Relay(setup)
    alive, beaten_s, looked_s = "", time.monotonic(), 0.0
    try:
        while not (folder / "end").exists() and time.monotonic() - beaten_s < SILENCE_S:
            for item in to.take():
                relay.give(item)
            for content in relay.receive(POLL_S):
                back.put(content)
            if relay.died:
                return
            if time.monotonic() - looked_s > HEARTBEAT_S:
                looked_s = time.monotonic()
                now = (folder / "alive").read_text() if (folder / "alive").exists() else ""
                if now != alive:
                    alive, beaten_s = now, looked_s
    except FileNotFoundError:
        pass  # the command is over and has removed the folder
    finally:
        relay.end()
