"""The actions of a bag, laid onto steps; imports control and core, no ROS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.control.observations.message_values import action_from_message
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ObservationError
from midp_ros.recording.bag.bag_reader import BagReader
from midp_ros.recording.bag.message_types import message_types
from midp_ros.recording.setup import Driver

SAME_STEP_S = 1e-6
IN_CHARGE_S = 0.2  # a driver of precedence that is silent for so long has handed over


@dataclass(frozen=True)
class Actions:
    """Actions of all drivers in the order of their stamps.

    Attributes:
        time_s: (actions,) stamps [s].
        action: (actions, action_size).
        driver: (actions,) index of the driver.
        step_s: (drivers,) from a stamp to when the action is to be reached [s].
        left_out: messages that are no action of the contract, or whose stamp does not rise.
    """

    time_s: Array
    action: Array
    driver: NDArray[np.intp]
    step_s: Array
    left_out: int

    @classmethod
    def read(cls, reader: BagReader, drivers: Sequence[Driver], contract: Contract) -> Actions:
        """Of the drivers' topics, each driver's in rising order; raises FileFormatError."""
        places = {driver.topic: k for k, driver in enumerate(drivers)}
        rows: list[tuple[float, int, Array]] = []
        last_s, left_out = dict.fromkeys(places.values(), -np.inf), 0
        for topic, message in reader.messages(places.keys()):
            try:
                decoded = message_types().decode(reader.kinds[topic], message.data)
                time_s, action = action_from_message(contract, decoded)
            except ObservationError:
                left_out += 1
                continue
            if time_s <= last_s[places[topic]]:
                left_out += 1
                continue
            last_s[places[topic]] = time_s
            rows.append((time_s, places[topic], action))
        rows.sort(key=lambda row: row[:2])
        times = np.array([time_s for time_s, _, _ in rows])
        actions = np.array([action for _, _, action in rows], float).reshape(len(rows), contract.action_size)
        who = np.array([k for _, k, _ in rows], np.intp)
        return cls(times, actions, who, np.array([d.step_s for d in drivers]), left_out)._in_charge()

    def steps(self, step_s: float, max_age_s: float) -> tuple[Array, Array]:
        """Times (steps,) and actions (steps, action_size).

        Args:
            step_s: of the contract [s].
            max_age_s: a step without an action that is younger is left out [s].
        """
        if not len(self.time_s) or (abs(self.step_s - step_s) < SAME_STEP_S).all():
            return self.time_s, self.action
        steps = int((self.time_s[-1] - self.time_s[0]) / step_s + 1e-6) + 1
        times = self.time_s[0] + step_s * np.arange(steps)
        reached_s = self.step_s[self.driver]
        # An action counts once it is to be reached by the end of the step; of a slower driver, from its stamp on.
        counts_s = self.time_s - np.maximum(0.0, step_s - reached_s)
        newest = np.searchsorted(np.maximum.accumulate(counts_s), times + 1e-9, side="right") - 1
        fresh = (newest >= 0) & (times - self.time_s[newest] <= np.maximum(max_age_s, reached_s[newest]))
        return times[fresh], self.action[newest[fresh]]

    def at(self, times: Array) -> NDArray[np.intp]:
        """Which driver was in charge at some times (times,)."""
        newest = np.searchsorted(self.time_s, times + 1e-9, side="right") - 1
        return self.driver[newest.clip(0)]

    def _in_charge(self) -> Actions:
        """Without the actions of drivers that a driver of precedence had taken over from."""
        keep = np.ones(len(self.time_s), bool)
        for k in range(1, len(self.step_s)):
            mine = self.time_s[self.driver == k]
            before = np.searchsorted(mine, self.time_s, side="right") - 1
            hold_s = max(IN_CHARGE_S, 2 * self.step_s[k])
            taken = (before >= 0) & (self.time_s - mine[before.clip(0)] < hold_s) if len(mine) else np.zeros(len(keep))
            keep &= ~((self.driver < k) & taken.astype(bool))
        return Actions(self.time_s[keep], self.action[keep], self.driver[keep], self.step_s, self.left_out)


def segments(actions: Actions, drivers: Sequence[Driver], times: Array) -> list[dict[str, Any]]:
    """Which of several drivers drove when: label, start and end [s] in the episode's clock; empty with one driver."""
    if len(drivers) < 2:
        return []
    who = actions.at(times)
    starts = [0, *(np.flatnonzero(np.diff(who)) + 1)]
    ends = [*starts[1:], len(times) - 1]
    return [
        {"label": drivers[who[start]].label, "start_s": float(times[start]), "end_s": float(times[end])}
        for start, end in zip(starts, ends, strict=True)
    ]
