"""Streams of commands as a careless or broken client sends them: seeded, so that a number brings one back."""

from dataclasses import dataclass

import numpy as np
from control_msgs.msg import JointTolerance
from sensor_msgs.msg import JointState
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from midp_ros.nodes.ros.conversions import duration_from_seconds, stamp_from_seconds

FAMILIES = (
    "steps", "not_numbers", "sizes", "names", "empty", "stamps", "times", "bursts", "two_publishers", "switching",
    "goals", "interventions", "resets",
)  # fmt: skip
DURATION_S = 0.6
NO_NUMBERS = (np.nan, np.inf, -np.inf, 1e308, -1e308)
STAMPS = ("zero", "now", "soon", "late", "stale", "ancient", "future", "last", "negative")
SWITCHES = ("trajectory", "stream", "none", "cartesian", "")
INTERVENTIONS = (
    "user_stop", "user_release", "guide", "unguide", "recover", "restart", "push", "move_to", "cancel", "look",
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """What happens at a time [s] of the stream.

    Attributes:
        kind: `trajectory`, `goal`, `target`, `controller`, `reset` or one of `INTERVENTIONS`.
        value: the message, the controller's name, or numbers.
    """

    kind: str
    value: object = None


class CommandStream:
    """One client's, or two clients', doings; what it does depends on the seed, and on where the arm is."""

    def __init__(self, seed, names):
        self._rng = np.random.default_rng(seed)
        self._names = list(names)
        self.family = FAMILIES[seed % len(FAMILIES)]
        self.interface, self.controller = [
            (interface, controller) for interface in ("effort", "position") for controller in ("trajectory", "stream")
        ][seed // len(FAMILIES) % 4]
        self._period_s = {"bursts": 0.001}.get(self.family, self._one_of(0.005, 0.01, 0.03, 0.1))
        # Gentle streams are obeyed to the end; wild ones trip a reflex by their first command.
        wild = self.family in ("steps", "two_publishers")
        self._wildest_rad = self._one_of(0.01, 0.1, 3.0, 100.0) if wild else self._one_of(1e-5, 1e-3, 0.02, 0.1)
        self._next_s = 0.0
        self._walk = np.zeros(7)

    def due(self, time_s, now_s, here_rad):
        """The events until a time of the stream; `now_s` is the graph's time, `here_rad` the measured position."""
        events = []
        while self._next_s <= time_s:
            events += self._events(now_s + self._next_s - time_s, np.asarray(here_rad, float))
            self._next_s += self._period_s
        return events

    # --- what happens ------------------------------------------------------------------------------------------------
    def _events(self, now_s, here_rad):
        family, rng = self.family, self._rng
        if family == "switching" and rng.random() < 0.3:
            return [Event("controller", self._one_of(*SWITCHES))]
        if family == "resets" and rng.random() < 0.1:
            return [Event("reset", int(rng.integers(2**31)))]
        if family == "interventions" and rng.random() < 0.3:
            return [self._intervention(here_rad)]
        if family == "goals" and rng.random() < 0.6:
            if rng.random() < 0.2:
                return [Event("cancel")]
            return [Event("goal", (self._trajectory(now_s, here_rad), *self._tolerances()))]
        if family == "two_publishers":  # one here, one elsewhere, each sure of itself
            return [self._command(now_s, here_rad + side) for side in (-self._wildest_rad, self._wildest_rad)]
        return [self._command(now_s, here_rad)]

    def _command(self, now_s, here_rad):
        # Now and then to the controller that is not asked.
        kinds = {"trajectory": ("trajectory", "target"), "stream": ("target", "trajectory")}[self.controller]
        kind = kinds[int(self._rng.random() < 0.15)]
        make = self._trajectory if kind == "trajectory" else self._target
        return Event(kind, make(now_s, here_rad))

    def _intervention(self, here_rad):
        kind, rng = self._one_of(*INTERVENTIONS), self._rng
        if kind == "push":
            return Event(kind, rng.normal(size=6) * self._one_of(5.0, 30.0, 60.0) * [1, 1, 1, 0.03, 0.03, 0.03])
        if kind == "move_to":
            goal = self._spoilt((here_rad + rng.normal(size=7) * self._one_of(0.05, 1.0)).tolist())
            speed = self._spoilt(np.full(7, self._one_of(0.5, 10.0, 1e-9, 0.0, -1.0)).tolist())
            return Event(kind, (goal, speed))
        return Event(kind)

    # --- messages ----------------------------------------------------------------------------------------------------
    def _trajectory(self, now_s, here_rad):
        rng, family = self._rng, self.family
        message = JointTrajectory(joint_names=self._names)
        message.header.stamp = self._stamp(now_s)
        count = 0 if family == "empty" and rng.random() < 0.5 else int(rng.integers(1, 7))
        positions = here_rad + np.cumsum(rng.normal(size=(count, 7)) * self._size_rad(), axis=0)
        times = np.cumsum(np.full(count, self._one_of(1e-9, 0.001, 0.02, 0.1, 0.3)))
        if family == "times" and rng.random() < 0.7:
            times = self._one_of(times[::-1], -times, times * 0.0, times - 0.1, times * 1e5)
        carries = rng.integers(0, 3)
        for i, position in enumerate(positions):
            point = JointTrajectoryPoint(positions=self._spoilt(position.tolist()))
            point.time_from_start = duration_from_seconds(float(times[i]))
            still = i == count - 1 and rng.random() < 0.9
            if carries >= 1:
                point.velocities = self._spoilt((rng.normal(size=7) * self._size_rad() * (not still)).tolist())
            if carries == 2:
                point.accelerations = self._spoilt((rng.normal(size=7) * self._size_rad()).tolist())
            if family == "sizes" and rng.random() < 0.05:
                point.effort = [1.0] * 7
            message.points.append(point)
        if family == "names":
            message.joint_names = self._bad_names()
        return message

    def _target(self, now_s, here_rad):
        self._walk += self._rng.normal(size=7) * self._size_rad() * 0.2
        message = JointState(name=self._names, position=self._spoilt((here_rad + self._walk).tolist()))
        message.header.stamp = self._stamp(now_s)
        if self.family == "names":
            message.name = self._bad_names()
        if self.family == "empty" and self._rng.random() < 0.3:
            message.position = []
        return message

    def _size_rad(self):
        return self._wildest_rad * self._one_of(0.01, 0.3, 1.0)

    def _stamp(self, now_s):
        choice = self._one_of(*STAMPS) if self.family == "stamps" else self._one_of("zero", "now", "now", "now")
        if choice == "zero" and self.controller == "stream" and self.family != "stamps":
            choice = "now"  # which would only end every stream at once
        late_s = {"soon": -0.05, "late": 0.1, "stale": 0.7, "ancient": 1e6, "future": -5.0}.get(choice, 0.0)
        stamp_s = {"zero": 0.0, "last": 2.0**31 - 1, "negative": -5.0}.get(choice, now_s - late_s)
        return stamp_from_seconds(stamp_s)

    def _spoilt(self, values):
        rng = self._rng
        if self.family == "not_numbers" and rng.random() < 0.2:
            values[rng.integers(7)] = self._one_of(*NO_NUMBERS)
        if self.family == "sizes" and rng.random() < 0.3:
            values = (values * 3)[: rng.integers(0, 20)]
        return values

    def _bad_names(self):
        names, rng = list(self._names), self._rng
        return self._one_of(
            names[:-1], [], names + names[:1], [names[0]] * 7, [*names[:-1], "joint"], [""] * 7, names[::-1],
            rng.permutation(names).tolist(), [*names, "fr3_finger_joint1"],
        )  # fmt: skip

    def _tolerances(self):
        path = self._tolerance(self._one_of(0.0, 1e-4, 0.01, 1.0, -1.0, -2.0, np.nan))
        goal = self._tolerance(self._one_of(0.0, 1e-4, 0.01, -1.0))
        return path, goal, self._one_of(0.0, 0.05, -1.0, 1.0)

    def _tolerance(self, size):
        count = int(self._rng.integers(0, 8))
        names = (*self._names, "no_joint") if self._rng.random() < 0.1 else self._names
        return [JointTolerance(name=name, position=float(size)) for name in names[-count:]] if count else []

    def _one_of(self, *choices):
        return choices[int(self._rng.integers(len(choices)))]
