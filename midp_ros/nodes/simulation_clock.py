"""Wall time, the graph's time and simulation time; imports nothing of ours."""

from __future__ import annotations

PHYSICS_STEP_S = 0.001
LARGEST_CATCH_UP_S = 0.05


class SimulationClock:
    """Keeps a simulation at a fixed share of real time; a machine that is too slow lets it fall behind, evenly.

    Simulation time starts at zero with every episode. The graph's time, in which messages are stamped, is wall time
    or, with another factor than 1 or where asked for, what /clock says: that advances with the simulation, and never
    goes back.

    Args:
        real_time_factor: seconds of simulation per second of wall time.
        publishes: /clock is published, and everybody on the graph uses it.
    """

    def __init__(self, wall_s: float, real_time_factor: float = 1.0, publishes: bool = False):
        self.publishes = publishes or real_time_factor != 1.0
        self._factor, self._told_s = real_time_factor, wall_s
        self.start(wall_s)

    def start(self, wall_s: float) -> None:
        """A new episode: simulation time is zero."""
        self._wall_s, self._simulation_s, self._reached_s = wall_s, 0.0, 0.0

    def graph_time(self, wall_s: float) -> float:
        """What the time is for everybody on the graph [s]."""
        return self._told_s if self.publishes else wall_s

    def simulation_time(self, graph_s: float) -> float:
        """The simulation time [s] that belongs to a time of the graph, such as a stamp."""
        if self.publishes:
            return self._reached_s + graph_s - self._told_s
        return self._simulation_s + graph_s - self._wall_s

    def due_s(self, wall_s: float) -> float:
        """How far to advance the simulation now: whole physics steps, and never more than a little at once."""
        behind_s = self._simulation_s + (wall_s - self._wall_s) * self._factor - self._reached_s
        if behind_s > LARGEST_CATCH_UP_S:
            behind_s = LARGEST_CATCH_UP_S
            self._wall_s, self._simulation_s = wall_s, self._reached_s + behind_s
        due_s = max(0, round(behind_s / PHYSICS_STEP_S)) * PHYSICS_STEP_S
        self._reached_s += due_s
        self._told_s += due_s
        return due_s
