"""One episode through the loop that the policy's node runs, in simulated time; imports control and simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from midp_ros.cli.evaluation.simulated_runner import SimulatedArm, advance_guarded, simulated_runner
from midp_ros.control import Sample, State
from midp_ros.core.contract import Contract
from midp_ros.core.protocols import Policy
from midp_ros.kinematics import tracker_of
from midp_ros.simulation import EpisodeMetrics, Rollout


def samples(simulation: SimulatedArm, contract: Contract) -> dict[str, Sample]:
    """What a contract observes of a simulation now."""
    time_s, values = simulation.time_s, simulation.observe()
    found = {entry.name: Sample(time_s, values[entry.name]) for entry in contract.observation}
    pictures = simulation.pictures() if contract.images else {}
    return found | {image.name: Sample(time_s, picture=pictures[image.name]) for image in contract.images}


@dataclass
class DelayedThread:
    """Replaces the inference thread: a job is done, at once, `delay_s` after it was submitted."""

    clock: Callable[[], float]
    delay_s: float
    _jobs: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def submit(self, job: Callable[[], None]) -> None:
        """Takes a job."""
        self._jobs.append((self.clock() + self.delay_s, job))

    @property
    def due_s(self) -> float:
        """When the next job is done [s]."""
        return self._jobs[0][0] if self._jobs else float("inf")

    def work(self) -> None:
        """Does the next job."""
        self._jobs.pop(0)[1]()


def lock_step(
    simulation: SimulatedArm,
    policy: Policy,
    seed: int,
    handover: str,
    delay_s: float,
    keep_observations: bool = False,
    watch: Callable[[State], None] = lambda state: None,
) -> tuple[Rollout, list[str]]:
    """Runs one episode until the task is done; time stands still while anything is computed.

    Args:
        handover: one of `control.HANDOVERS`.
        delay_s: simulated time from an observation to its chunk.
        keep_observations: for drawing the episode later.
        watch: receives the loop's state at each control step.

    Returns:
        The episode's figures, and the reasons for which the loop held the arm.
    """
    contract, thread = policy.contract, DelayedThread(lambda: simulation.time_s, delay_s)
    runner = simulated_runner(simulation, policy, tracker_of(simulation.model, contract), thread.submit, handover)
    metrics, holds = EpisodeMetrics(simulation, contract, seed, keep_observations=keep_observations), []
    runner.reset(seed)
    while not metrics.over:
        metrics.step()
        issued = runner.tick(samples(simulation, contract))
        time_s = simulation.time_s
        if issued is not None:
            metrics.issue(issued.action)
        if thread.due_s <= time_s + contract.step_s:
            advance_guarded(simulation, runner, thread.due_s - time_s, metrics.advance)
            if metrics.over:
                break
            thread.work()
        advance_guarded(simulation, runner, time_s + contract.step_s - simulation.time_s, metrics.advance)
        watch(runner.status().state)
        if (news := runner.report()) is not None and news[0] is State.HOLDING:
            holds.append(news[1])
    return metrics.rollout(), holds
