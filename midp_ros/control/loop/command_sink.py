"""Command sink: sends a loop's trajectories and the gripper goals of its actions; imports core."""

from __future__ import annotations

from collections.abc import Callable

from midp_ros.control.loop.commands import Commands
from midp_ros.control.loop.gripper_goals import GripperGoals
from midp_ros.control.loop.planning_latency import PlanningLatency
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract

WIDTH = "gripper_width"


class CommandSink:
    """Sends commands, and measures how long that takes.

    Args:
        gripper_open_m: the gripper's widest opening.
        send: receives the commands; False where it came too late for them and has sent nothing.
        lead: receives how long sending took.
        clock: the present time [s].
    """

    def __init__(
        self,
        contract: Contract,
        gripper_open_m: float,
        send: Callable[[Commands], bool | None],
        lead: PlanningLatency,
        clock: Callable[[], float],
    ):
        self._contract, self._gripper_open_m = contract, gripper_open_m
        self._send, self._lead, self._clock = send, lead, clock
        self.reset()

    def reset(self) -> None:
        """Forgets the gripper's state."""
        self._gripper: GripperGoals | None = None

    def gripper_finished(self, accepted: bool) -> None:
        """The gripper goal that was sent has come back."""
        if self._gripper is not None:
            self._gripper.finished(accepted)

    def use_gripper(self, action: Array, measured: Array) -> None:
        """Sends the gripper goal of an action, if it is a new one.

        Args:
            action: (action_size,) in force.
            measured: the observation vector (observation_size,).
        """
        if (place := self._contract.action_slices.get(WIDTH)) is not None:
            if self._gripper is None:
                seen = self._contract.observation_slices.get(WIDTH)
                width_m = self._gripper_open_m if seen is None else float(measured[seen][0])
                self._gripper = GripperGoals(width_m, self._gripper_open_m)
            if (goal_m := self._gripper.update(float(action[place][0]))) is not None:
                self.deliver(Commands(gripper_width_m=goal_m))

    def deliver(self, commands: Commands) -> bool:
        """Sends commands; returns False where that would have been too late."""
        started_s = self._clock()
        sent = self._send(commands) is not False
        if commands.trajectory is not None:
            self._lead.sent(self._clock() - started_s)
        return sent
