"""The scripted expert: a task's rule chooses the goal, a speed-limited motion leads there; imports core."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.pose import Pose, magnitude, matrix_from_rotation6
from midp_ros.core.window import ObservationWindow, action_vector
from midp_ros.expert.motion import SpeedLimits, ToolMotion

LOOK_AHEAD_STEPS = 3  # actions per chunk; only the first is executed unless the next chunk is late
LOST_M = 0.03  # a tool this far from its commanded position was pushed: plan from where it is


class Rule(Protocol):
    """A task's demonstrated behaviour as a function of the observation."""

    def reset(self) -> None:
        """Starts an episode."""

    def goal(self, observed: dict[str, Array], tool: Pose) -> tuple[Pose, float]:
        """The tool pose to move to, and the gripper width [m] to command."""

    # A rule may also have
    #   draw(rng: np.random.Generator): after `reset`, an episode's choices that nothing observes;
    #   led(observed, tool): as `goal`, for a person who leads the arm by hand;
    #   disturb_m: largest disturbance [m] that it recovers from, where that is not `disturbance.USUAL_M`.


def begin(rule: Rule, seed: int) -> None:
    """Starts a rule's episode, with the choices of its seed."""
    rule.reset()
    if draw := getattr(rule, "draw", None):
        draw(np.random.default_rng([seed, 3]))


class ScriptedExpert:
    """A Policy made of a rule; speeds are drawn anew in every episode, so that demonstrations vary.

    Args:
        varied: draw the speed per episode; otherwise `SpeedLimits()` as it is.
    """

    executed_steps = 1

    def __init__(self, contract: Contract, rule: Rule, varied: bool = True):
        self.contract = contract
        self.rule = rule
        self.varied = varied
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Starts an episode with the speed of its seed."""
        limits = SpeedLimits()
        if self.varied:
            scale = np.random.default_rng([seed, 1]).uniform(0.7, 1.3)
            limits = SpeedLimits(limits.linear_m_s * scale, limits.linear_m_s2 * scale, limits.angular_rad_s * scale)
        self._motion = ToolMotion(limits, self.contract.step_s)
        begin(self.rule, seed)

    def act(self, window: ObservationWindow) -> ActionChunk:
        """The next steps towards the rule's goal, looking ahead as if the scene stood still."""
        newest = window.array()[-1]
        observed = {name: newest[place] for name, place in self.contract.observation_slices.items()}
        measured = Pose(observed["tool_position"], matrix_from_rotation6(observed["tool_rotation"]))
        pose = self._motion.pose
        if pose is None or magnitude(pose.position_m - measured.position_m) > LOST_M:
            self._motion.restart(measured)
        goal, width_m = self.rule.goal(observed, measured)
        actions = [self._action(self._motion.advance(goal), width_m)]
        ahead = self._motion.copy()
        actions += [self._action(ahead.advance(goal), width_m) for _ in range(LOOK_AHEAD_STEPS - 1)]
        return ActionChunk(np.array(actions), window.time_s, self.contract.step_s)

    def _action(self, tool: Pose, width_m: float) -> Array:
        width = np.array([width_m])
        values = {"tool_position": tool.position_m, "tool_rotation": tool.rotation6, "gripper_width": width}
        return action_vector(self.contract, values)  # entries that the contract does not name are left out
