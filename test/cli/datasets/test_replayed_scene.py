"""`midp data replay` begins in the recorded scene, also where an object's rotation is not observed."""

import numpy as np
import pytest

from midp_ros.cli.datasets.replay import _scene as scene_of
from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode
from midp_ros.core.window import observation_vector
from midp_ros.simulation import Simulation


@pytest.mark.parametrize("task", ["recall", "reach"])
def test_the_scene_is_the_recorded_one(task):
    """Tasks whose goal has no rotation in the contract ended in a KeyError."""
    contract = Contract.load(task)
    recorded = Simulation(task, contract.robot)
    recorded.reset(3)
    row = observation_vector(contract, recorded.observe())
    episode = Episode(contract, np.array([0.0]), row[None], np.zeros((1, contract.action_size)), {"seed": 3})
    scene = scene_of(episode, task, contract.robot)
    scene.reset(3)
    np.testing.assert_allclose(observation_vector(contract, scene.observe()), row, atol=1e-6)
