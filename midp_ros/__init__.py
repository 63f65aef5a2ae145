"""midp_ros: a mutual-information-regularised diffusion policy for a Franka arm under ROS 2.

Data flow:

    task + expert + simulation -> Episode -> windows -> training -> checkpoint -> ONNX
        -> OnnxPolicy -> tool tracking -> scheduler -> joint commands

Layers, each importing only what stands left of it (test/test_layering.py enforces this):

    core         numpy only: contract, pose, episode, window, action chunk, joint trajectory, protocols
    kinematics   core, pinocchio: robot profiles, limits, forward and inverse kinematics, tool tracking
    expert       core, kinematics: scripted demonstrators
    learning     core, torch: diffusion policy, mutual information, training, export to ONNX
    inference    core, onnxruntime: the exported policy
    control      core, kinematics: scheduling, hand-over and supervision of action chunks
    simulation   core, kinematics, pybullet: the arm, the gripper, the tasks, the rollout
    recording    core: episodes to and from MCAP
    doctor       core, kinematics, launching: what is wrong with a robot's graph, judged on a snapshot of it
    pusht        core, zarr, gym_pusht: the Push-T benchmark, its demonstrations, environment and score
    experiment   core, learning (no torch), matplotlib: a grid of trainings, its results, statistics and report
    nodes        everything but learning, pusht, experiment and cli; the only folder that imports ROS
    launching    nothing of ours: runs a launch file
    cli          everything but nodes: `midp ...`

Rooms within a layer, each importing only the rooms left of its arrow (the same test enforces this):

    control      timing, shaping, chunks, supervision <- loop, streaming
    learning     mutual_information <- the files at the top <- export
    simulation   engine <- tasks, hand; engine, safety, controllers <- arm; all of these <- simulation <- camera
    nodes        ros <- observations, commands, doctor <- safety, episodes, stand_in <- policy, deployment <- the nodes
    cli          terminal, pictures, training <- evaluation, experiments, benchmarks <- the commands

The robot's machine needs no torch, and the training machine needs no ROS.
"""


def __getattr__(name: str) -> str:
    # package.xml holds the version; asking for it only when wanted keeps the import free of importlib.metadata.
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("midp_ros")
