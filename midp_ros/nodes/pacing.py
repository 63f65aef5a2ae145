"""Wall time and simulation time; imports core."""

from __future__ import annotations

from midp_ros.core.chunk import JointTrajectory

PHYSICS_STEP_S = 0.001
LARGEST_CATCH_UP_S = 0.05


class Pacing:
    """Keeps a simulation at a fixed share of real time; a machine that is too slow lets it fall behind, evenly.

    Args:
        real_time_factor: seconds of simulation per second of wall time.
    """

    def __init__(self, real_time_factor: float):
        self.real_time_factor = real_time_factor
        self.start(0.0, 0.0)

    def start(self, wall_s: float, simulation_s: float) -> None:
        """From here on, the two belong together."""
        self._wall_s, self._simulation_s = wall_s, simulation_s

    def simulation_time(self, wall_s: float) -> float:
        """The simulation time [s] that belongs to a wall time [s]."""
        return self._simulation_s + (wall_s - self._wall_s) * self.real_time_factor

    def due_s(self, wall_s: float, simulation_s: float) -> float:
        """How far to advance the simulation now: whole physics steps, and never more than a little at once."""
        behind_s = self.simulation_time(wall_s) - simulation_s
        if behind_s > LARGEST_CATCH_UP_S:
            self.start(wall_s, simulation_s + LARGEST_CATCH_UP_S)
            behind_s = LARGEST_CATCH_UP_S
        return max(0, round(behind_s / PHYSICS_STEP_S)) * PHYSICS_STEP_S

    def trajectory(self, trajectory: JointTrajectory) -> JointTrajectory:
        """A trajectory timed on the wall, timed on the simulation's clock."""
        return JointTrajectory(
            self._simulation_s + (trajectory.time_s - self._wall_s) * self.real_time_factor,
            trajectory.position_rad,
            trajectory.velocity_rad_s / self.real_time_factor,
        )
