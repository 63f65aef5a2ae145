"""What perception cannot mean: observations that are well formed, fresh and wrong.

imports core and kinematics.

| entry | checked without a limit in the contract |
|---|---|
| a perceived position in the base frame | reach, base, table; 1 m/s between two samples |
| the tool's position and rotation, the arm's joint positions | speed between two samples, by the robot's limits |
| any other | nothing |

Limits of any entry in the contract: `low`, `high` and `max_speed`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from midp_ros.control.supervision.jumps import JumpCheck
from midp_ros.control.supervision.observation_monitor import Sample
from midp_ros.core.arrays import Array
from midp_ros.core.contract import Contract, Entry
from midp_ros.core.pose import angle_between, matrix_from_rotation6
from midp_ros.kinematics import ArmModel
from midp_ros.kinematics.workspace import Workspace

BASE, JOINTS, TOOL, TOOL_ROTATION = "base", "joint_position", "tool_position", "tool_rotation"
PERCEIVED_M_S = 1.0  # carried by a person or by the arm; a cube that falls 5 cm has got there
SLACK_M, SLACK_RAD = 0.05, 0.1
MARGIN = 1.5  # of the robot's own limits
TABLE_NOISE_M = 0.02


class PlausibilityCheck:
    """Judges the samples of every control step.

    Args:
        table_height_m: of the table's plane in the arm's base frame [m]; None: unknown.
    """

    def __init__(self, contract: Contract, model: ArmModel, table_height_m: float | None = None):
        self._entries, self._names = contract.observation, model.profile.joint_names
        self._workspace, self._table_height_m = Workspace(model), table_height_m
        checks = {entry.name: self._jump_check(entry, model) for entry in contract.observation}
        self._jumps = {name: check for name, check in checks.items() if check is not None}

    def reset(self) -> None:
        """Forgets where everything was."""
        for check in self._jumps.values():
            check.reset()

    def problem(self, samples: Mapping[str, Sample]) -> str:
        """What is implausible, with value and limit; empty if nothing is. Samples without a value are not judged."""
        problems = [
            f"implausible observation of {entry.name}: {problem}"
            for entry in self._entries
            if (sample := samples.get(entry.name)) is not None
            and sample.value is not None
            and (problem := self._problem(entry, sample.time_s, sample.value))
        ]
        return problems[0] if problems else ""

    def _problem(self, entry: Entry, time_s: float, value: Array) -> str:
        if not np.isfinite(value).all() or value.shape != (entry.size,):
            return ""  # the observation vector's refusal says which
        jumps = self._jumps.get(entry.name)
        jump = jumps.look(time_s, value) if jumps else None  # it has to see every sample
        return self._out_of_bounds(entry, value) or (self._jump(entry, *jump) if jump else "")

    def _out_of_bounds(self, entry: Entry, value: Array) -> str:
        for limit, beyond, word in ((entry.low, np.less, "below"), (entry.high, np.greater, "above")):
            if limit is not None and (out := beyond(value, limit)).any():
                i = int(out.argmax())
                return f"number {i + 1} is {value[i]:.3f} {entry.unit}, {word} the contract's {limit[i]:g}"
        if not _perceived(entry):
            return ""
        if self._table_height_m is not None and value[2] < self._table_height_m - TABLE_NOISE_M:
            return f"{_text(value)} is under the table, whose height is {self._table_height_m:g} m"
        problem = self._workspace.problem(value)
        return f"{_text(value)} is {problem}" if problem else ""

    def _jump_check(self, entry: Entry, model: ArmModel) -> JumpCheck | None:
        profile, speed = model.profile, entry.max_speed
        if entry.name == JOINTS:
            speeds = MARGIN * profile.velocity_max_rad_s if speed is None else np.full(entry.size, speed)
            return JumpCheck(lambda a, b: np.abs(b - a), speeds, SLACK_RAD)
        if (entry.unit, entry.size) == ("m", 3):
            usual = MARGIN * profile.tool_speed_max_m_s if entry.name == TOOL else PERCEIVED_M_S
            return JumpCheck(_distance, np.array([usual if speed is None else speed]), SLACK_M)
        if speed is None and entry.name == TOOL_ROTATION:
            speed = MARGIN * float(profile.velocity_max_rad_s.max())  # of the quickest wrist joint
        if speed is None:
            return None  # a cube's yaw may jump by a quarter turn, for its faces look alike
        if (entry.unit, entry.size) == ("1", 6):
            return JumpCheck(_angle, np.array([speed]), SLACK_RAD)
        return JumpCheck(lambda a, b: np.abs(b - a), np.full(entry.size, speed), 0.0)

    def _jump(self, entry: Entry, which: int, distance: float, most: float) -> str:
        unit = "rad" if entry.size == 6 else entry.unit
        what = f"{self._names[which]} jumped" if entry.name == JOINTS else "it jumped"
        return f"{what} by {distance:.2f} {unit} from one sample to the next, {most:.2f} {unit} at most are plausible"


def _perceived(entry: Entry) -> bool:
    """Whether it is a position that a task's perception gives."""
    return (entry.unit, entry.size) == ("m", 3) and entry.frame in ("", BASE) and entry.name != TOOL


def _distance(before: Array, after: Array) -> Array:
    return np.array([np.linalg.norm(after - before)])


def _angle(before: Array, after: Array) -> Array:
    return np.array([angle_between(matrix_from_rotation6(before), matrix_from_rotation6(after))])


def _text(position_m: Array) -> str:
    return f"[{', '.join(f'{x:.2f}' for x in position_m)}] m"
