"""A package outside the repository that brings a task, a robot, a network, a learner and a reader; no tests here."""

import os
import re
import subprocess
import sys
from pathlib import Path

from midp_ros.cli.new_task import write_skeleton
from midp_ros.core.package_files import package_path

ROOT = Path(__file__).parents[1]
POINTS = """
[project.entry-points."midp_ros.robots"]
slow_fr3 = "hover_task"
[project.entry-points."midp_ros.denoisers"]
plain = "hover_task.network:Perceptron"
[project.entry-points."midp_ros.learners"]
absolute = "hover_task.learner:Absolute"
[project.entry-points."midp_ros.observations"]
"geometry_msgs/msg/AccelStamped" = "hover_task.readers:accel_reader"
[project.entry-points."midp_ros.experts"]
"""
NETWORK = """
import torch
from torch import nn


class Perceptron(nn.Module):
    def __init__(self, shape, config):
        super().__init__()
        self.feature_size = config.options.get("width", 32)
        chunk = shape.predicted * shape.action_size
        self.encoder = nn.Linear(shape.observed * shape.observation_size, self.feature_size)
        self.layers = nn.Sequential(nn.Linear(chunk + 1 + self.feature_size, 64), nn.SiLU(), nn.Linear(64, chunk))

    def observation_features(self, observation):
        return torch.tanh(self.encoder(observation.flatten(1)))

    def forward(self, x, step, features):
        known = torch.cat([x.flatten(1), step[:, None] / 100, features], dim=1)
        return self.layers(known).reshape(x.shape)
"""
LEARNER = """
from midp_ros.learning.learners.behaviour_cloning import BehaviourCloning, CloningObjective
from midp_ros.learning.learners.learner import Measured


class Absolute(BehaviourCloning):
    def objective(self, config, policy, augmentation, compute):
        return AbsoluteObjective(config, policy, compute)


class AbsoluteObjective(CloningObjective):
    def __init__(self, config, policy, compute):
        super().__init__(config, policy, compute)
        self.what = "absolute error"

    def loss(self, batch, drawn, step):
        means, _, _ = self.policy.components(self.policy.see(batch.observation, batch.pictured))
        error = (means[:, 0] - batch.action.flatten(1)).abs().mean()
        return error, Measured(error)
"""
READERS = """
import numpy as np

from midp_ros.control.observations.readers import unreadable


def accel_reader(entry, profile):
    if (entry.field, entry.size) != ("accel.linear", 3):
        raise unreadable(entry, ["accel.linear of size 3"])
    return lambda message: np.array([message.accel.linear.x, message.accel.linear.y, message.accel.linear.z])
"""


def write_package(folder):
    """The skeleton of `midp new-task hover`, with a robot, a network, a learner and a reader; returns its folder."""
    package = write_skeleton("hover", folder / "hover_task")
    project = package / "pyproject.toml"
    project.write_text(project.read_text().replace('\n[project.entry-points."midp_ros.experts"]\n', POINTS))
    (package / "hover_task" / "network.py").write_text(NETWORK)
    (package / "hover_task" / "learner.py").write_text(LEARNER)
    (package / "hover_task" / "readers.py").write_text(READERS)
    profile = package_path("config", "robots", "fr3.yaml").read_text()
    slow = re.sub(r"velocity_max_rad_s: .*", "velocity_max_rad_s: [2, 2, 2, 2, 2, 2, 2]", profile)
    (package / "hover_task" / "slow_fr3.yaml").write_text(
        slow.replace("name: fr3\n", "name: slow_fr3\nrobot_type: fr3\n")
    )
    return package


def install(package, site):
    """Installs it as pip does, into a folder; returns the environment in which it is found."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", str(site)]
    subprocess.run([*command, str(package)], check=True, capture_output=True)
    path = os.pathsep.join([str(ROOT), str(site), *filter(None, [os.environ.get("PYTHONPATH")])])  # a sourced ROS 2's
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "NO_COLOR": "1"}
