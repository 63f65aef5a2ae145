"""Delivery: which of the trajectories that were sent the controller runs, and whether another one may be sent.

A joint_trajectory_controller replaces its trajectory at once by any message, however late it comes (docs/delivery.md).
Two kinds of messages are harmless whenever they arrive: one that starts on arrival, from where the controller rests,
and one that repeats what the controller commands until it ends, since later it is refused. Any other one has to arrive
before it differs from the running one. So the motion is changed on the way only where a late message is no step of a
position command, and where the last messages arrived quickly; else the arm moves from rest to rest.

Imports core.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.controller_state import ControllerState
from midp_ros.control.loop.sent_message import Fate, News, SentMessage
from midp_ros.core.arrays import Array
from midp_ros.core.joint_trajectory import JointTrajectory

# Where the motion may be changed on its way.
CHANGES = (
    "safe",  # where the controller refuses steps; and where it commands torques and messages arrive quickly
    "quick",  # wherever messages arrive quickly: a first late one is a step
    "never",  # from rest to rest only
    "assumed",  # always, without a look at the controller's state: every late message is a step
)
LONGEST_DELAY_S = 2.0  # with states, in all, after which a message that has not arrived never will
QUICK_S = 0.012  # half of what a planned change leaves for sending at least (LEAD_S / 2)
PROOFS = 5  # messages in a row that have to be quick: with delays up to 0.3 s, by chance once in ten million times
SLOW_S = 30.0  # for so long after one that was not, the arm moves from rest to rest
REFUSED_S = 10.0  # the same where steps are refused, and a late message costs no more than a short rest
RETRY_S = 0.5  # where steps are refused, a message that has not arrived for so long is given up
# And one that starts on arrival is sent again: the first copy that arrives starts it, the later ones are refused.
AGAIN_S, COPIES = 0.1, 3
SAME_START_S = 4e-4  # a controller adds up its periods, which differ from its clock by microseconds
STATES_APART_S = 0.015  # at most, from a controller that is not kept waiting and publishes at 100 Hz or more
STAMPS = 40  # the latest, which are all that another one may be like
APART_S = 1e-3  # of two trajectories' stamps, by which the controller's state tells them from each other
SILENCE_S, GONE_S = 0.3, 10.0  # without a state: nothing is sent, and the controller is not known any more
BACK_S = 0.5  # at least, from the first state after that, until a message that was under way has arrived
PATIENCE_S = 2.0  # for a controller's state, until its absence is reported
WORTH_A_WORD_S = 3.0  # of waiting; the fate of a message is known by then where states come without gaps
STILL_S = 0.03  # with the same command for so long, a controller rests
PROBE_S = 0.5  # a probe that arrives later is refused
CLOCKS_S = 0.02  # by which the clocks of two machines may differ


class Delivery:
    """Watches a controller. To one that publishes no state nothing is sent, unless `changes` is `assumed`.

    Args:
        read: returns the states since the last call, of each trajectory the first and the last one at least, oldest
            first.
        changes: one of CHANGES.
        source: where the states come from, for the report of their absence.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[ControllerState]] = lambda: (),
        changes: str = "assumed",
        source: str = "controller_state",
    ):
        self._read, self._changes, self._source = read, changes, source
        self.assumed = changes == "assumed"
        self.forget()

    def forget(self) -> None:
        """Nothing is known any more, as after a clock has jumped."""
        self._first_look_s, self._looked_s, self._still_since_s = math.inf, -math.inf, math.inf
        self._state: ControllerState | None = None
        self._running: SentMessage | None = None
        self._pending: list[SentMessage] = []  # oldest first
        self._strays: list[SentMessage] = []  # that a later one has overtaken, or replaced before a state came
        self._delays_s: deque[float] = deque(maxlen=PROOFS)
        self._stamps_s: deque[float] = deque(maxlen=STAMPS)
        self._slow_until_s, self._doubted = -math.inf, False

    def look(self, time_s: float) -> News | None:
        """What has changed since the last call."""
        self._looked_s, news, cut_off = time_s, None, self._cut_off(time_s)
        seen_s = time_s if self._state is None else self._state.time_s
        self._first_look_s = min(self._first_look_s, time_s)
        for state in self._read():
            before, self._state = self._state, state
            back = before is not None and state.time_s < before.time_s  # its clock was set
            if before is None or back or (state.position_rad != before.position_rad).any():
                self._still_since_s = state.time_s
            if before is None or abs(state.start_s - before.start_s) > SAME_START_S:
                news = self._begun(state, before) or news
        if self._cut_off(time_s):
            return news
        if cut_off:  # with the states, messages come that were under way
            self._strays = [sent.after_outage(time_s - seen_s, time_s + BACK_S) for sent in self._strays]
            self._pending = [sent.after_outage(time_s - seen_s, time_s + BACK_S) for sent in self._pending]
        self._strays = [sent for sent in self._strays if time_s <= sent.harmless_s]
        if any(time_s > sent.harmless_s for sent in self._pending):
            self._pending = [sent for sent in self._pending if time_s <= sent.harmless_s]
            self._slow(time_s)
            news = News(Fate.LOST, None if self._running is None else self._running.trajectory)
        return news

    # --- what may be sent ---------------------------------------------------------------------------------------------
    @property
    def known(self) -> bool:
        """Whether the controller publishes its state."""
        return self._state is not None and abs(self._looked_s - self._state.time_s) < GONE_S

    def problem(self, time_s: float) -> str:
        """Why nothing can be sent for longer than for a moment; empty where it can."""
        if self.assumed:
            return ""
        if self.known:
            return self._awaited(time_s)
        if time_s < self._first_look_s + PATIENCE_S:
            return ""
        return (
            f"no state of the controller on {self._source}, so a late trajectory could be a step: name the topic "
            "(controller_state), or, where no message is late, set change_on_the_way:=assumed"
        )

    @property
    def quick(self) -> bool:
        """Whether the motion can be changed on its way."""
        if self.assumed or not self._changeable:
            return self.assumed
        proven = self._proven or (self._refuses_steps and not self._doubted)
        return proven and not self.late

    @property
    def late(self) -> bool:
        """Whether the arm moves from rest to rest for a while, as a message came late or not at all."""
        return self._changeable and self._looked_s <= self._slow_until_s

    @property
    def wants_probe(self) -> bool:
        """Whether it is open how quickly messages arrive; `probe` finds out, while the arm rests."""
        return self._changeable and not self.quick and not self.late

    def open(self, time_s: float) -> bool:
        """Whether a message may be sent at a time [s].

        At rest the fate of those before has to be certain. On the way this one has to arrive before any of those whose
        fate is open differs from the running motion, since it goes on from them.
        """
        if self.assumed or not self.known:
            return self.assumed
        assert self._state is not None
        if self._cut_off(time_s):
            return False
        if self.quick and self._running is not None:
            return all(time_s + QUICK_S < sent.before_s for sent in self._pending)
        return self.rest_rad is not None

    @property
    def rest_rad(self) -> Array | None:
        """Where the controller holds the arm (joints,); None while it moves it, or is not known."""
        state = self._state
        if state is None or not self.known or self._pending or self._strays:
            return None
        if self._running is not None and state.time_s < self._running.trajectory.time_s[-1]:
            return None
        return state.position_rad if state.time_s - self._still_since_s > STILL_S else None

    # --- sending ------------------------------------------------------------------------------------------------------
    def probe(self, time_s: float) -> Commands | None:
        """A message that changes nothing, whenever it arrives; None unless the arm rests."""
        if (rest_rad := self.rest_rad) is None:
            return None
        times_s, still = np.array([time_s - APART_S, time_s + PROBE_S]), np.zeros((2, len(rest_rad)))
        return Commands(JointTrajectory(times_s, np.stack([rest_rad, rest_rad]), still, still), probes=True)

    def stamped(self, commands: Commands) -> Commands:
        """The commands with a stamp by which the controller's state shows that it runs them."""
        if commands.trajectory is None or commands.on_arrival:
            return commands
        stamp_s = float(commands.trajectory.time_s[0])
        while any(abs(stamp_s - other_s) < APART_S for other_s in self._stamps_s):
            stamp_s -= APART_S
        return replace(commands, stamp_s=stamp_s)

    def sent(self, commands: Commands, time_s: float) -> None:
        """Stamped commands have been sent."""
        trajectory = commands.trajectory
        if trajectory is None:
            return
        stamp_s = trajectory.time_s[0] if commands.stamp_s is None else commands.stamp_s
        end_s = time_s + (RETRY_S if self._refuses_steps else LONGEST_DELAY_S)
        if not commands.on_arrival:
            self._stamps_s.append(stamp_s)
            end_s = min(end_s, trajectory.time_s[-1])
        if self.known:
            times_s = time_s, commands.before_s, end_s + CLOCKS_S
            self._pending.append(SentMessage(trajectory, stamp_s, commands.on_arrival, *times_s, commands.probes))

    def again(self, time_s: float) -> Commands | None:
        """A message that may be sent once more, as it has not arrived yet; counts as sent."""
        if not self._refuses_steps or not self._pending or not (sent := self._pending[-1]).on_arrival:
            return None
        if sent.probes or sent.copies == COPIES or time_s < sent.sent_s + (sent.copies + 1) * AGAIN_S:
            return None
        self._pending[-1] = replace(sent, harmless_s=time_s + RETRY_S, copies=sent.copies + 1)
        return Commands(sent.trajectory, on_arrival=True)

    # --- inside -------------------------------------------------------------------------------------------------------
    @property
    def _refuses_steps(self) -> bool:
        return self._state is not None and self._state.refuses_steps

    @property
    def _proven(self) -> bool:
        return sum(delay_s <= QUICK_S for delay_s in self._delays_s) == PROOFS

    @property
    def _changeable(self) -> bool:
        """Whether the motion may be changed on its way where messages arrive quickly."""
        state = self._state
        if state is None or not self.known:
            return False
        if self._changes == "safe":
            return state.refuses_steps or not state.commands_positions
        return self._changes == "quick"

    def _awaited(self, time_s: float) -> str:
        """What a controller that is known keeps this loop waiting with for long; empty where it does not."""
        assert (state := self._state) is not None
        if time_s - state.time_s > WORTH_A_WORD_S:
            return f"no state of the controller on {self._source} for more than {WORTH_A_WORD_S:g} s"
        if any(time_s - sent.sent_s > WORTH_A_WORD_S for sent in (*self._pending, *self._strays)):
            return (
                f"a trajectory has not arrived for more than {WORTH_A_WORD_S:g} s, and may arrive yet: the states on "
                f"{self._source} come with gaps"
            )
        moves = state.time_s - self._still_since_s < STILL_S
        if self._running is None and moves and state.time_s - state.start_s > WORTH_A_WORD_S:
            return "the controller moves the arm along a trajectory that was not sent from here"
        return ""

    def _cut_off(self, time_s: float) -> bool:
        """Whether the controller's states have stopped coming."""
        return self._state is not None and time_s - self._state.time_s > SILENCE_S

    def _begun(self, state: ControllerState, before: ControllerState | None) -> News | None:
        """A controller's first state with another trajectory, and the last one with the trajectory before."""
        sent = next((sent for sent in reversed(self._pending) if self._is(sent, state)), None)
        if sent is None:
            self._running = None
            return News(Fate.REPLACED)
        place = self._pending.index(sent)
        self._strays += self._pending[:place]
        self._pending = self._pending[place + 1 :]
        arrived_s = state.start_s if sent.on_arrival else _arrived_s(state, before)
        self._note(state.time_s, max(0.0, arrived_s - sent.sent_s))
        if sent.probes:
            self._running = None
            return None
        later_s = state.start_s - sent.stamp_s if sent.on_arrival else 0.0
        t = sent.trajectory
        if sent.on_arrival:
            t = JointTrajectory(t.time_s + later_s, t.position_rad, t.velocity_rad_s, t.acceleration_rad_s2)
        self._running = replace(sent, trajectory=t)
        return News(Fate.RUNS, t, later_s)

    def _is(self, sent: SentMessage, state: ControllerState) -> bool:
        if sent.on_arrival:
            return state.start_s > sent.sent_s - CLOCKS_S
        return abs(state.start_s - sent.stamp_s) < SAME_START_S

    def _note(self, time_s: float, delay_s: float) -> None:
        self._delays_s.append(delay_s)
        taken_late = self._refuses_steps and not self._doubted  # it was late, and harmless
        if delay_s > QUICK_S and not taken_late:
            self._slow(time_s)
        elif self._proven:
            self._doubted = False

    def _slow(self, time_s: float) -> None:
        lasts_s = REFUSED_S if self._refuses_steps else SLOW_S
        self._slow_until_s = max(self._slow_until_s, time_s + lasts_s)
        self._delays_s.clear()
        self._doubted = True


def _arrived_s(state: ControllerState, before: ControllerState | None) -> float:
    """When a trajectory arrived [s]: after the first of two states, or by the second where they are far apart."""
    if before is None or state.time_s - before.time_s > STATES_APART_S:
        return state.time_s
    return before.time_s
