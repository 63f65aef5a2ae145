"""A policy that answers one control step at a time; imports core."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from numpy.typing import ArrayLike

from midp_ros.core.arrays import Array
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.package_files import model_path
from midp_ros.core.protocols import Policy
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.onnx_policy import OnnxPolicy


class StepwisePolicy:
    """A policy with its observation window and the chunk that is executed, so that a loop needs neither.

    Args:
        policy: a core.protocols.Policy, e.g. an OnnxPolicy.

    Attributes:
        policy: the same.
        contract: what it observes and commands.
    """

    def __init__(self, policy: Policy):
        self.policy, self.contract = policy, policy.contract
        self.reset()

    def reset(self, seed: int = 0) -> None:
        """Starts an episode; the same seed and observations give the same actions."""
        self.policy.reset(seed)
        self._window = ObservationWindow(self.contract)
        self._chunk: ActionChunk | None = None
        self._step = self._used = 0

    def act(self, observation: Mapping[str, ArrayLike]) -> Array:
        """The action (action_size,) of this control step, in the contract's units.

        Args:
            observation: values by entry of the contract, each (size,), and its images, each (height, width, 3) uint8;
                further ones are ignored.

        Raises:
            ObservationError: an entry is missing, of another size or not finite.
        """
        self._window.push(self._step * self.contract.step_s, observation)
        if self._chunk is None or self._used >= min(self.policy.executed_steps, len(self._chunk)):
            self._chunk, self._used = self.policy.act(self._window), 0
        action: Array = self._chunk.actions[self._used].copy()
        self._step, self._used = self._step + 1, self._used + 1
        return action


def load_policy(model: str | Path, threads: int = 1, provider: str = "cpu") -> StepwisePolicy:
    """An exported policy, from an ONNX file or by a shipped model's name, e.g. `pick`.

    Args:
        model: an ONNX file, or the name of a shipped model.
        threads: of one inference.
        provider: onnxruntime's execution provider, as for OnnxPolicy.

    Raises:
        FileFormatError: no such file or name, damaged, or no policy of midp_ros.
    """
    return StepwisePolicy(OnnxPolicy(model_path(str(model)), threads, provider))
