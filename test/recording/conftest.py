"""Episodes with every kind of number, for the recording tests."""

from pathlib import Path

import numpy as np
import pytest

from midp_ros.core.contract import Contract
from midp_ros.core.episode import Episode

CONTRACTS = Path(__file__).parents[2] / "config" / "contracts"


@pytest.fixture
def random_episode():
    """A function that makes an episode of random numbers, the same for the same arguments."""

    def make(seed: int = 0, steps: int = 12, skill: str = "pick", start_s: float = 1.7e9) -> Episode:
        contract = Contract.load(CONTRACTS / f"{skill}.yaml")
        rng = np.random.default_rng(seed)
        return Episode(
            contract,
            start_s + np.arange(steps) / contract.rate_hz,
            rng.normal(size=(steps, contract.observation_size)),
            rng.normal(size=(steps, contract.action_size)),
            {"task": skill, "seed": seed, "success": True},
        )

    return make
