"""What the tests of learning share."""

from __future__ import annotations

from types import ModuleType

import pytest
import torch
from synthetic import reach_episode

from midp_ros.learning.dataset import Dataset, build_dataset


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def diffusers() -> ModuleType:
    """Imported here: every process of the tests would import it while it collects them, for seconds."""
    return pytest.importorskip("diffusers")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return build_dataset([reach_episode(seed) for seed in range(8)])
