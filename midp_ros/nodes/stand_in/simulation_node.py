"""`franka_simulation`: the arm's topics, services and actions as under franka_ros2; imports simulation and rclpy."""

from __future__ import annotations

import time
from typing import Any

from rcl_interfaces.msg import SetParametersResult
from rclpy.action import ActionServer
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.clock import Clock
from rclpy.clock_type import ClockType
from rclpy.parameter import Parameter as RosParameter

from midp_ros.core.contract import Contract
from midp_ros.core.errors import MidpError
from midp_ros.core.package_files import model_path
from midp_ros.core.stamp import seconds
from midp_ros.nodes.black_box import box_service
from midp_ros.nodes.black_box.stand_in_black_box import StandInBlackBox
from midp_ros.nodes.paths import path_parameters
from midp_ros.nodes.ros import robot_names
from midp_ros.nodes.ros.callback_groups import UnhurriedNode
from midp_ros.nodes.ros.endpoints import graph_age_s
from midp_ros.nodes.ros.parameters import Parameter, ParameterError, declare, value
from midp_ros.nodes.ros.publish_rate import PublishRate
from midp_ros.nodes.stand_in import camera_topics, frame_topics, simulated_gripper, state_topics
from midp_ros.nodes.stand_in.camera_topics import CameraTopics
from midp_ros.nodes.stand_in.clock_topic import ClockTopic
from midp_ros.nodes.stand_in.command_queue import CommandQueue
from midp_ros.nodes.stand_in.frame_topics import FrameTopics
from midp_ros.nodes.stand_in.reflex_log import ReflexLog
from midp_ros.nodes.stand_in.robot_actions import RobotActions
from midp_ros.nodes.stand_in.second_robot import SecondRobot
from midp_ros.nodes.stand_in.setting_services import SettingServices
from midp_ros.nodes.stand_in.simulated_gripper import HandTiming, SimulatedGripper
from midp_ros.nodes.stand_in.simulation_clock import SimulationClock
from midp_ros.nodes.stand_in.stand_in_controls import StandInControls
from midp_ros.nodes.stand_in.state_topics import StateTopics
from midp_ros.nodes.stand_in.target_follower import TargetFollower
from midp_ros.nodes.stand_in.task_topics import TaskTopics
from midp_ros.nodes.stand_in.trajectory_controller import TrajectoryController
from midp_ros.simulation import Simulation, Task, make_task
from midp_ros.simulation.arm.robot_options import CONTROLLERS, INTERFACES, RobotOptions
from midp_ros.simulation.obstructed_task import among_obstacles

PARAMETERS = (
    Parameter("task", "pick", "what is to be done; empty: what the model's contract is for"),
    Parameter(
        "model", "", "an ONNX file, or the name of one in models/: its task, where none is given, and its cameras",
        is_path=True,
    ),
    Parameter("robot", "fr3", "robot profile: a name or a YAML file", is_path=True),
    Parameter("seed", 0, "of the episode that /task/reset starts", 0, 2**31 - 1, changeable=True),
    Parameter("real_time_factor", 1.0, "seconds of simulation per second of wall time; not 1: see clock", 0.05, 5.0),
    Parameter("clock", False, "publish /clock, for nodes with use_sim_time; always so at another factor than 1"),
    Parameter("update_rate_hz", 100.0, "how often physics catches up and topics are published [Hz]", 20.0, 1000.0),
    Parameter("reflexes", True, "stop the arm where a Franka would"),
    Parameter(
        "interface", "effort", "what the trajectory controller commands: position is judged command by command",
        choices=INTERFACES,
    ),
    Parameter(
        "controller", "trajectory", "which controller is active", choices=CONTROLLERS, changeable=True,
    ),
    Parameter("reactivate", True, "activate the controller again after recovery and after the user stop"),
    Parameter("interpolate_from_desired_state", False, "of the trajectory controller, which else starts from measured"),
    Parameter("refuse_steps", False, "of the trajectory controller: take only what continues the running motion"),
    Parameter("arm_controller", "", "joint_trajectory_controller's name; empty means <robot type>_arm_controller"),
    Parameter("follower", "joint_follower_controller", "name of the controller that follows joint targets"),
    Parameter("stream_topic", "joint_follower_controller/joint_targets", "where joint targets are taken from"),
    Parameter("gripper", "", "name of the gripper's node; empty: the profile's"),
    Parameter("obstacles", "", "YAML file of what stands in the scene (docs/planning.md)", is_path=True),
    *path_parameters.PARAMETERS,
    *robot_names.PARAMETERS,
    *state_topics.PARAMETERS,
    *frame_topics.PARAMETERS,
    *simulated_gripper.PARAMETERS,
    *camera_topics.PARAMETERS,
    *box_service.PARAMETERS,
)  # fmt: skip

SERVICE_RATE_HZ = 25.0  # between two checks of services and actions other than the arm's motion


class SimulationNode(UnhurriedNode):
    """The stand-in for the robot and its task."""

    def __init__(self, **options: Any) -> None:
        super().__init__("franka_simulation", **options)
        self._built = False
        self.exit_code: int | None = None
        self.add_on_set_parameters_callback(self._on_set)  # before declare, whose own check then comes first
        declare(self, PARAMETERS)
        self._wall = Clock(clock_type=ClockType.SYSTEM_TIME)  # with any use_sim_time: this node is the source of time
        self._pace = SimulationClock(self._wall_s(), value(self, "real_time_factor"), value(self, "clock"))
        graph_age_s(self)  # others are discovered from now on
        named = ("reflexes", "interface", "controller", "reactivate", "interpolate_from_desired_state", "refuse_steps")
        self._pace_remark = ""
        if self._pace.publishes and not value(self, "clock"):
            self._pace_remark = (
                f"real_time_factor {value(self, 'real_time_factor'):g}: every client needs use_sim_time, or the arm "
                "executes its commands at another speed than it means"
            )
            self.get_logger().warning(self._pace_remark)
        self._learned = self._contract_of_model()
        self._simulation = Simulation(
            self._chosen_task(),
            value(self, "robot"),
            options=RobotOptions(**{name: value(self, name) for name in named}),
        )
        self._second = SecondRobot(self)
        self._build()
        self._built = True
        period_s = 1.0 / value(self, "update_rate_hz")
        self._service_looks = PublishRate(SERVICE_RATE_HZ)
        self._tick = self.create_timer(
            period_s,
            self._advance,
            callback_group=MutuallyExclusiveCallbackGroup(),
            clock=Clock(clock_type=ClockType.STEADY_TIME),
        )

    def _chosen_task(self) -> Task:
        name = value(self, "task") or (self._learned.skill if self._learned else "")
        task = make_task(name, path_parameters.drawn_path(self))
        return among_obstacles(task, value(self, "robot"), value(self, "obstacles"))

    def _contract_of_model(self) -> Contract | None:
        """Of the model whose task this is; None where only the task is given, by which launch files name its model."""
        task, model = value(self, "task"), value(self, "model")
        if not task and not model:
            raise ParameterError("the simulation needs a task, or a model whose contract names it: set task or model")
        if model in ("", task):
            return None
        from midp_ros.inference.onnx_policy import OnnxPolicy  # a simulation alone needs no ONNX Runtime

        try:
            contract = OnnxPolicy(model_path(model)).contract
        except MidpError:
            if not task:
                raise
            return None  # its policy says what is wrong with it
        return contract if task in ("", contract.skill) else None

    def _build(self) -> None:
        simulation, robot = self._simulation, lambda: self._simulation.robot
        names = robot_names.robot_names(self, simulation.profile)
        arm = robot_names.arm_controller_name(self, simulation.profile)
        follower = value(self, "follower"), value(self, "stream_topic")
        hand = value(self, "gripper") or simulation.profile.gripper_node
        self._states = StateTopics(
            self, names.profile, names.root_frame, hand,
            lambda: robot().state(), lambda: simulation.gripper.width_m,
            lambda: simulation.task.observe(simulation.engine), value(self, "seed"),
        )  # fmt: skip
        joints = lambda: (simulation.arm.position_rad, simulation.gripper.width_m)  # noqa: E731
        self._frames = FrameTopics(self, names.urdf, joints, self._now_s())
        self._time = ClockTopic(self) if self._pace.publishes else None
        timing = HandTiming(value(self, "gripper_start_s"), value(self, "gripper_settle_s"))
        self._gripper = SimulatedGripper(
            self, hand, simulation.profile, lambda: simulation.gripper, lambda: simulation.time_s,
            timing, value(self, "gripper_homed"),
        )  # fmt: skip
        self._actions = RobotActions(self, robot)
        self._commands = CommandQueue(self, simulation, self._pace.arrival)
        self._trajectories = TrajectoryController(
            self, arm, names.profile.joint_names, robot, self._pace, self._now_s, self._commands, self._catch_up
        )
        self._targets = TargetFollower(self, *follower, robot, self._pace, self._commands)
        self._settings = SettingServices(self, lambda: robot().settings)
        self._controls = StandInControls(self, robot, self._now_s)
        self._cameras = CameraTopics(self, names.profile, simulation, self._now_s(), self._learned)
        self._reflexes = ReflexLog(self.get_logger(), robot, lambda: self._pace.skipped_s, self._pace_remark)
        self._box = StandInBlackBox(self, simulation, names.profile, lambda: self._pace.reached_s)
        self._task = TaskTopics(self, simulation, self._reset, lambda: self._reflexes.total)

    def close(self) -> None:
        """Ends the cameras, the action servers and the lock, which outlive their node otherwise."""
        self._second.close()
        self._box.close()
        self._cameras.close()
        for server in [w for w in self.waitables if isinstance(w, ActionServer)]:
            server.destroy()

    def _wall_s(self) -> float:
        return seconds(self._wall.now().nanoseconds)

    def _now_s(self) -> float:
        """The graph's time [s]."""
        return self._pace.graph_time(self._wall_s())

    def _reset(self) -> int:
        seed: int = value(self, "seed")
        for part in (self._gripper, self._actions, self._trajectories):
            part.finish()
        self._commands.clear()
        self._box.restart()
        self._simulation.reset(seed)
        self._cameras.begin(seed)
        self._pace.start(self._wall_s())
        return seed

    def _catch_up(self) -> None:
        self._commands.advance(self._pace.due_s(self._wall_s()))

    def _advance(self) -> None:
        self.unhurried.open = self._service_looks.due(time.monotonic())
        self._catch_up()
        parts = self._gripper, self._actions, self._trajectories, self._targets, self._controls, self._reflexes
        for part in parts:
            part.look()
        now_s = self._pace.reached_s
        if self.exit_code is None and (problem := self._second.look(time.monotonic(), now_s)):
            self.get_logger().fatal(problem)
            self.exit_code = 1
        if self._time is not None:
            self._time.publish(now_s)
        self._states.publish(now_s, self._simulation.robot.alive)
        self._frames.publish(now_s)
        self._cameras.publish(now_s)
        self._task.publish(now_s)

    def _on_set(self, changes: list[RosParameter]) -> SetParametersResult:
        """Switches controllers, as `ros2 control switch_controllers` does."""
        for change in changes:
            if self._built and change.name == "controller":
                try:
                    self._simulation.switch(change.value)
                except MidpError as e:
                    return SetParametersResult(successful=False, reason=str(e))
        return SetParametersResult(successful=True)
