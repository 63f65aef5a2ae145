"""Where a command's workers run, as its options say."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from midp_ros.cli.workers.crew import Crew, Work
from midp_ros.cli.workers.local import LocalCrew
from midp_ros.core.errors import CommandError

RAY_HELP = "Run the workers on Ray: `local`, or a running cluster's address (extra `cluster`)."
SLURM_HELP = "Run the workers as Slurm jobs: PARTITION, with submitit's parameters, e.g. gpu,timeout_min=240."


@dataclass(frozen=True)
class Place:
    """Processes of this machine, or of a Ray cluster, or jobs of Slurm.

    Attributes:
        ray: `local` or an address.
        slurm: a partition and parameters of submitit; `local` for its stand-in for Slurm.
        gpus: per worker, on Ray and Slurm.
    """

    ray: str = ""
    slurm: str = ""
    gpus: float = 0.0

    def __post_init__(self) -> None:
        if self.ray and self.slurm:
            raise CommandError("--ray and --slurm exclude each other")
        for option, module, given in (("--ray", "ray", self.ray), ("--slurm", "submitit", self.slurm)):
            if given and find_spec(module) is None:
                raise CommandError(f"{option} needs {module}; pip install 'midp_ros[cluster]' brings it")
        if self.gpus and self.here:
            raise CommandError("--gpus is for --ray and --slurm")
        if self.gpus % 1 and (self.slurm or self.gpus > 1):
            possible = "a job of Slurm has whole GPUs" if self.slurm else "Ray gives a part of one GPU, or whole ones"
            raise CommandError(f"--gpus {self.gpus:g}: {possible}")

    @property
    def here(self) -> bool:
        """Whether the workers are processes of this command alone."""
        return not (self.ray or self.slurm)

    @property
    def worker_cores(self) -> int:
        """Of a worker elsewhere: one, unless Slurm's cpus_per_task says otherwise; 0 here: all that are free."""
        if self.here:
            return 0
        if not self.slurm:
            return 1
        from midp_ros.cli.workers.slurm_crew import parsed

        cores = parsed(self.slurm)[1].get("cpus_per_task", 1)
        return cores if isinstance(cores, int) else 1  # another one is refused by submitit

    def crew(self, work: Work[Any], count: int) -> Crew:
        """The crew, to be entered.

        Args:
            count: workers that will be hired; 0: not known yet.
        """
        if self.ray:
            from midp_ros.cli.workers.ray_crew import RayCrew

            return RayCrew(work, self.ray, count, self.gpus)
        if self.slurm:
            from midp_ros.cli.workers.slurm_crew import SlurmCrew

            return SlurmCrew(work, self.slurm, self.gpus)
        return LocalCrew(work)


HERE = Place()
