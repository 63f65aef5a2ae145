"""Wall time, the graph's time and simulation time; imports nothing of ours."""

from __future__ import annotations

PHYSICS_STEP_S = 0.001
AT_ONCE_S = 0.1  # of simulation; more would delay the node's answers
PUBLISHED_AT_ONCE_S = 0.05  # with /clock, where other nodes' time advances only when it is published
LONGEST_STALL_S = 2.5  # that is made up for
PATIENCE_S = 1.0  # with a simulation that does not catch up


class SimulationClock:
    """Keeps a simulation at a fixed share of real time.

    Simulation time starts at zero with every episode. The graph's time, in which messages are stamped, is wall time
    or, with another factor than 1 or on request, the time of /clock: that advances with the simulation and never goes
    back.

    At wall time a delayed simulation catches up, so that a stamp keeps referring to the same moment of a running
    motion: a robot does not wait for this machine either. Only where that fails, time is skipped. With /clock time
    itself waits.

    Args:
        real_time_factor: seconds of simulation per second of wall time.
        publishes: /clock is published, and all nodes of the graph use it.

    Attributes:
        skipped_s: time that was skipped so far, as the machine is too slow [s]; each time a running motion steps.
    """

    def __init__(self, wall_s: float, real_time_factor: float = 1.0, publishes: bool = False):
        self.publishes = publishes or real_time_factor != 1.0
        self._factor, self._first_s, self._total_s = real_time_factor, wall_s, 0.0
        self.skipped_s = 0.0
        self.start(wall_s)

    def start(self, wall_s: float) -> None:
        """Starts an episode: simulation time is zero."""
        self._wall_s, self._simulation_s, self._reached_s = wall_s, 0.0, 0.0
        self._punctual_s = wall_s

    @property
    def _published_s(self) -> float:
        """The time of /clock [s]."""
        return self._first_s + self._total_s

    def graph_time(self, wall_s: float) -> float:
        """The time for all nodes of the graph [s]."""
        return self._published_s if self.publishes else wall_s

    @property
    def reached_s(self) -> float:
        """The graph's time [s] of the state that the simulation has reached."""
        return self._published_s if self.publishes else self._wall_s + (self._reached_s - self._simulation_s)

    def simulation_time(self, graph_s: float) -> float:
        """The simulation time [s] that belongs to a time of the graph, such as a stamp.

        Differences come first: a sum with a time of day would round by a quarter of a microsecond, which in a fast
        motion is a jerk.
        """
        if self.publishes:
            return self._reached_s - self._total_s + (graph_s - self._first_s)
        return self._simulation_s + (graph_s - self._wall_s)

    def arrival(self, wall_s: float) -> float:
        """The simulation time [s] of a message that DDS received at a wall time.

        With /clock no node's time advances between two of its messages.
        """
        return self._reached_s if self.publishes else self._wanted_s(wall_s)

    def due_s(self, wall_s: float) -> float:
        """Time [s] by which to advance the simulation now: whole physics steps, and never too many at once."""
        behind_s = self._wanted_s(wall_s) - self._reached_s
        at_once_s = PUBLISHED_AT_ONCE_S if self.publishes else AT_ONCE_S
        if behind_s > at_once_s:
            if self.publishes or behind_s > self._most_s(wall_s):
                self.skipped_s += 0.0 if self.publishes else behind_s - at_once_s
                self._wall_s, self._simulation_s = wall_s, self._reached_s + at_once_s
            behind_s = at_once_s
        else:
            self._punctual_s = wall_s
        due_s = max(0, round(behind_s / PHYSICS_STEP_S)) * PHYSICS_STEP_S
        self._reached_s += due_s
        self._total_s += due_s
        return due_s

    def _wanted_s(self, wall_s: float) -> float:
        return self._simulation_s + (wall_s - self._wall_s) * self._factor

    def _most_s(self, wall_s: float) -> float:
        """The largest delay [s] that is made up for."""
        return LONGEST_STALL_S if wall_s - self._punctual_s < LONGEST_STALL_S + PATIENCE_S else AT_ONCE_S
