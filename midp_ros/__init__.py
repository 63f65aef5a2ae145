"""midp_ros: a mutual-information-regularised diffusion policy for a Franka arm under ROS 2.

Data flow:

    task + expert + simulation -> Episode -> windows -> training -> checkpoint -> ONNX
        -> OnnxPolicy -> tool tracking -> scheduler -> joint commands

Layers, each importing only what stands left of it (test/test_layering.py enforces this):

    core         numpy only: contract, pose, episode, window, action chunk, joint trajectory, protocols
    kinematics   core, pinocchio: robot profiles, limits, forward and inverse kinematics, tool tracking
    learning     core, torch: diffusion policy, mutual information, training, export to ONNX
    inference    core, onnxruntime: the exported policy
    control      core, kinematics: scheduling, hand-over and supervision of action chunks
    planning     core, kinematics, control, ompl: motions around obstacles
    expert       core, kinematics, planning: scripted demonstrators
    drawing      core, svgelements: paths that a person has drawn
    simulation   core, kinematics, drawing, planning, pybullet: the arm, the gripper, the tasks, the rollout
    fci          core, kinematics, control, simulation: Franka's control interface, as libfranka's clients know it
    teleop       core, kinematics: a person's devices as a policy
    recording    core, kinematics, control: episodes to and from MCAP, from raw messages in rosbag2 folders, and to and
                 from LeRobot, zarr and HDF5
    blackbox     core, kinematics, control, simulation, recording: the last 30 s before a stop, and who caused it
    certify      core: certificates of models
    data         core, recording: sets of episodes, measured, judged and edited
    accounting   core, scipy: how much each demonstration teaches, by mutual information
    doctor       core, kinematics, launching: what is wrong with a robot's graph, judged on a snapshot of it
    pusht        core, zarr, gym_pusht: the Push-T benchmark, its demonstrations, environment and score
    experiment   core, learning (no torch), matplotlib: a grid of trainings, its results, statistics and report
    object_flow  core, learning, recording: object flow between a task and the arm, a learner
    adversarial  core, learning, simulation, stable-baselines3: learners that act in an environment while they learn
    reproduce    core, kinematics, expert, learning, inference, control, drawing, simulation, recording, data,
                 experiment, object_flow, adversarial: what the texts behind this project claim, measured
    viewer       core, kinematics, viser: the web page that shows the arm live
    nodes        everything but learning, adversarial, pusht, experiment, object_flow, data, reproduce and cli; the
                 only folder that imports ROS
    launching    nothing of ours: runs a launch file
    cli          everything but nodes, viewer and object_flow: `midp ...`

Rooms within a layer, each importing only the rooms left of its arrow (the same test enforces this):

    core         errors, package_files <- seams <- the files at the top
    control      timing, shaping, chunks, supervision <- loop, streaming, observations
    recording    bag <- the files at the top <- formats
    learning     mutual_information, encoders <- the files at the top <- export
    simulation   engine <- tasks, hand, obstacle_bodies <- mesh_scene; engine, safety, controllers <- arm; reach;
                 all of these <- simulation <- camera
    fci          wire <- server; client
    reproduce    the files at the top <- each study
    nodes        ros <- observations, commands, doctor <- safety, episodes, stand_in
                 <- policy, deployment <- teleop <- the nodes
                 ros, observations, paths <- viewer; ros <- paths <- stand_in <- control_box
                 ros <- black_box <- stand_in, policy; ros <- trials
    cli          terminal <- workers; these, pictures, training, drawing <- evaluation, experiments, benchmarks,
                 teleoperation, datasets, incidents <- the commands

The robot's machine needs no torch, and the training machine needs no ROS.

    policy, env = midp_ros.load_policy("pick"), midp_ros.make_env("pick")
    episodes = midp_ros.load_episodes("data/pick")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from midp_ros.core.chunk import ActionChunk
    from midp_ros.core.contract import Contract
    from midp_ros.core.episode import Episode
    from midp_ros.core.errors import MidpError
    from midp_ros.core.pose import Pose
    from midp_ros.core.window import ObservationWindow
    from midp_ros.expert import make_expert
    from midp_ros.inference.onnx_policy import OnnxPolicy
    from midp_ros.inference.stepwise_policy import StepwisePolicy, load_policy
    from midp_ros.kinematics import RobotProfile
    from midp_ros.recording import load_episodes
    from midp_ros.simulation.environment import TaskEnvironment, make_env

    __version__: str

__all__ = [
    "ActionChunk",
    "Contract",
    "Episode",
    "MidpError",
    "ObservationWindow",
    "OnnxPolicy",
    "Pose",
    "RobotProfile",
    "StepwisePolicy",
    "TaskEnvironment",
    "load_episodes",
    "load_policy",
    "make_env",
    "make_expert",
]

# Where each public name is: loaded when it is used, so that `import midp_ros` costs nothing.
_PLACES = {
    "ActionChunk": "core.chunk",
    "Contract": "core.contract",
    "Episode": "core.episode",
    "MidpError": "core.errors",
    "ObservationWindow": "core.window",
    "OnnxPolicy": "inference.onnx_policy",
    "Pose": "core.pose",
    "RobotProfile": "kinematics",
    "StepwisePolicy": "inference.stepwise_policy",
    "TaskEnvironment": "simulation.environment",
    "load_episodes": "recording",
    "load_policy": "inference.stepwise_policy",
    "make_env": "simulation.environment",
    "make_expert": "expert",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":  # package.xml holds it
        from importlib.metadata import version

        return version("midp_ros")
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
