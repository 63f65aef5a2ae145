"""A robot, a gripper and a task in one PyBullet world; imports core and kinematics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.arrays import Array, Picture
from midp_ros.core.joint_trajectory import JointTrajectory
from midp_ros.core.pose import Pose
from midp_ros.kinematics import ArmDynamics, ArmModel, RobotProfile
from midp_ros.simulation.arm.arm import Arm
from midp_ros.simulation.arm.observer import ArmObserver
from midp_ros.simulation.arm.robot import Robot
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.arm.state_report import external_wrench
from midp_ros.simulation.engine import PHYSICS_RATE_HZ, Engine
from midp_ros.simulation.hand.gripper import Gripper
from midp_ros.simulation.hand.hand import Hand
from midp_ros.simulation.hand.hand_command import HandTiming
from midp_ros.simulation.reach import Reach
from midp_ros.simulation.safety import Violation
from midp_ros.simulation.tasks import make_task
from midp_ros.simulation.tasks.missing import Missing, what_is_missing
from midp_ros.simulation.tasks.task import Task, TaskStatus

HAND_EVERY = 20  # physics steps between two updates of the hand's controller
JUDGE_EVERY = 40  # physics steps between two evaluations of the task: 25 Hz


class Draws(Protocol):
    """A camera: simulation.camera.Camera is one."""

    def draw(self, engine: Engine, tool: Pose) -> Picture:
        """A picture (height, width, 3), with the tool there."""


class Simulation:
    """The stand-in for a Franka with its task; the same seed gives the same episode.

    Args:
        task: one, or the name of one in `TASKS`.
        robot: a profile's name or its YAML file.
        visuals: load the meshes, for images.
        options: how strict the robot is; by default no reflex stops it.
        hand: how long the hand waits in each command.
        cameras: by name, whose pictures `pictures` draws, of a coarse arm.
    """

    def __init__(
        self,
        task: str | Task = "pick",
        robot: str = "fr3",
        visuals: bool = False,
        options: RobotOptions | None = None,
        hand: HandTiming | None = None,
        cameras: Mapping[str, Draws] | None = None,
    ):
        self.task = make_task(task) if isinstance(task, str) else task
        self.profile = RobotProfile.load(robot)
        self.model = ArmModel(self.profile)
        self.dynamics = ArmDynamics(self.profile)
        self.options, self._hand_timing = options or RobotOptions(), hand or HandTiming()
        self._cameras = cameras or {}
        self.engine = Engine(visuals or bool(self._cameras), coarse=bool(self._cameras))
        self.reachable = Reach(self.model)
        self._observer: ArmObserver | None = None
        self.reset(0)

    def reset(self, seed: int) -> None:
        """Starts the episode of a seed, with the clock at zero."""
        rng = np.random.default_rng(seed)
        self._set_up()
        start = self.task.reset(self.engine, rng, self.reachable)
        self.place(self.reachable.inverse.solve(start.tool).position_rad)
        self.gripper.place(start.gripper_width_m)
        self.hand = Hand(lambda: self.gripper, self.profile, self._hand_timing)
        self._commanded_m = self._wanted_m = self.gripper.target_m

    def _set_up(self) -> None:
        """A new world, with the robot alone."""
        self.engine.clear()
        body = self.engine.add_urdf(self.profile.urdf_path)
        self.arm = Arm(self.engine, body, self.model, self.dynamics)
        self.gripper = Gripper(self.engine, body, self.profile)

    @property
    def time_s(self) -> float:
        """Time since the reset [s]."""
        return self._steps / PHYSICS_RATE_HZ

    def observe(self, tool: Pose | None = None) -> dict[str, Array]:
        """Every observation of the robot and the task, by contract entry name.

        Args:
            tool: its measured pose, where that is known already.
        """
        arm = self.arm
        values = {
            "joint_position": arm.position_rad,
            "joint_velocity": arm.velocity_rad_s,
            "joint_torque": arm.torque_nm,
        }
        poses = {"tool": tool or self.tool(), **self.task.observe(self.engine)}
        for name, pose in poses.items():
            values[f"{name}_position"], values[f"{name}_rotation"] = pose.position_m, pose.rotation6
        values["gripper_width"] = np.array([self.gripper.width_m])
        return values

    def tool(self) -> Pose:
        """The measured tool pose."""
        return self.model.forward(self.arm.position_rad)

    @property
    def desired_rad(self) -> Array:
        """Joint positions commanded last (joints,)."""
        return self.arm.desired_rad

    def external(self) -> tuple[Array, Array]:
        """External torques [Nm] (joints,) and wrench [N, Nm] (6,) as the robot estimates them."""
        return self.arm.external_nm, external_wrench(self.arm, self.model, self.robot.settings.mounting)

    @property
    def reflexes(self) -> list[Violation]:
        """Violations that have stopped the arm since the reset, oldest first."""
        return self.robot.reflexes

    def pictures(self) -> dict[str, Picture]:
        """The cameras' pictures of the scene now, each (height, width, 3), by name; none without cameras."""
        tool = self.tool()
        return {name: camera.draw(self.engine, tool) for name, camera in self._cameras.items()}

    def render(self) -> NDArray[np.uint8]:
        """A picture of the scene (height, width, 3)."""
        return self.engine.render()

    def place(self, position_rad: Array) -> None:
        """Sets the joint positions (joints,), at rest, with a freshly started robot and the clock at zero."""
        self.arm.place(position_rad)
        self.robot = Robot(self.arm, self.model, self.dynamics, self.options)
        self.robot.attach_observer(self._observer)
        self._steps = 0
        self._satisfied_steps = 0
        self._success = False

    def attach_observer(self, observer: ArmObserver | None) -> None:
        """Shows an observer what the arm does, in later episodes too; None: nothing any more."""
        self._observer = observer
        self.robot.attach_observer(observer)

    def follow(self, trajectory: JointTrajectory) -> None:
        """Makes the arm follow a joint trajectory, timed on this simulation's clock, from its desired state on."""
        if trajectory.time_s[0] > self.time_s:
            arm = self.arm
            trajectory = trajectory.starting_from(self.time_s, arm.desired_rad, arm.desired_rad_s, arm.desired_rad_s2)
        self.robot.follow(trajectory)

    def switch(self, controller: str) -> None:
        """Activates another controller, for later episodes too; raises UnknownNameError and ModeError."""
        options = replace(self.options, controller=controller)
        self.robot.activate(controller)
        self.options = options

    def move_gripper(self, width_m: float) -> None:
        """Commands the hand to open to a width [m] or, with zero, to grasp, after the running command."""
        self._wanted_m = width_m

    def advance(self, duration_s: float) -> Array:
        """Advances time, physics at 1 kHz; returns the commanded joint positions (milliseconds, joints) [rad]."""
        cycles = round(duration_s * PHYSICS_RATE_HZ)
        commanded = []
        self.robot.look_ahead(cycles)
        while cycles > 0:
            self._use_hand()
            now = min(cycles, HAND_EVERY) if self.hand.busy else cycles
            commanded.append(self.robot.advance(now, self._step))
            cycles -= now
        return np.concatenate(commanded) if commanded else np.empty((0, self.profile.joints))

    def _use_hand(self) -> None:
        self.hand.advance(self.time_s)
        if self._wanted_m != self._commanded_m and not self.hand.busy:
            self._commanded_m = self._wanted_m
            self.hand.open_or_grasp(self._wanted_m)
            self.hand.advance(self.time_s)

    def _step(self) -> None:
        self.engine.step()
        self._steps += 1
        if self._steps % JUDGE_EVERY == 0:
            self._judge()

    def _judge(self) -> None:
        satisfied = self.task.satisfied(self.engine, self.tool())
        self._satisfied_steps = self._satisfied_steps + JUDGE_EVERY if satisfied else 0
        self._success |= self._satisfied_steps >= self.task.hold_s * PHYSICS_RATE_HZ

    @property
    def failed(self) -> bool:
        """Whether the task has ruled out success, as `avoid` does after a touch."""
        ask = getattr(self.task, "failed", None)
        return ask is not None and not self._success and bool(ask(self.engine))

    def info(self) -> dict[str, str | float]:
        """Facts about the episode beside its success, from a task that has any."""
        ask = getattr(self.task, "info", None)
        return dict(ask(self.engine)) if ask is not None else {}

    def missing(self) -> Missing:
        """What the episode lacks for success now."""
        return what_is_missing(self.task, self.engine, self.tool())

    def status(self) -> TaskStatus:
        """Status of the episode; it is done after success, a failure or at its time limit."""
        position_error_m, rotation_error_rad = self.task.tool_error(self.engine, self.tool())
        failed = self.done and not self._success
        missing = str(self.missing()) if failed else ""
        return TaskStatus(self.time_s, self._success, self.done, position_error_m, rotation_error_rad, missing)

    @property
    def done(self) -> bool:
        """Whether the episode is done, without the other figures of its status."""
        return self._success or self.failed or self.time_s >= self.task.time_limit_s
