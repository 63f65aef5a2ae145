"""An exported policy, run by onnxruntime; imports core and onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from midp_ros.core.card import ModelCard
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, ObservationError
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.inpainting import prefix_rows

ERRORS_ONLY = 3  # onnxruntime's severity; its warnings are about its own internals


class OnnxPolicy:
    """A policy (core.protocols.Policy) from an ONNX file that `midp export` wrote.

    Args:
        path: the ONNX file.
        threads: that one inference may use; they do not spin while idle.
        providers: onnxruntime's execution providers, best first; the CPU by default.

    Attributes:
        contract: what it observes and commands.
        card: how it came about.
        parameters: number of learned parameters.
        can_inpaint: whether it takes a prefix; models exported by early versions do not.

    Raises:
        FileFormatError: the file is missing, damaged, or no policy of midp_ros.
    """

    def __init__(self, path: str | Path, threads: int = 1, providers: Sequence[str] | None = None):
        self.path = Path(path)
        if not self.path.is_file():
            raise FileFormatError(f"no policy at {self.path}")
        self._session = _open(self.path, threads, providers)
        self.card = ModelCard.from_metadata(self._session.get_modelmeta().custom_metadata_map, self.path)
        self.contract: Contract = self.card.contract
        self.executed_steps = self.contract.horizon.executed
        self.parameters = self.card.parameters
        self.can_inpaint = self._check_interface()
        self.reset(0)

    @property
    def provider(self) -> str:
        """The execution provider that is used."""
        return str(self._session.get_providers()[0])

    def require_contract(self, contract: Contract) -> None:
        """Raises ContractMismatchError naming the first difference to the model's contract."""
        self.contract.require_match(contract, str(self.path), "its user")

    def reset(self, seed: int) -> None:
        """Starts an episode: the sampler's noise follows from the seed."""
        self._random = np.random.default_rng(seed)

    def act(self, window: ObservationWindow, prefix: ActionChunk | None = None, frozen_steps: int = 0) -> ActionChunk:
        """The predicted actions from the newest observation's time on (predicted - observed + 1 of them).

        Args:
            prefix: the previous chunk, to which the new one is fitted (see `inference.inpainting`).
            frozen_steps: so many actions from the newest observation's time on come back as the prefix has them.

        Raises:
            ObservationError: the model's answer is not finite, as with an observation far outside of what it learned.
            FileFormatError: a prefix for a model that takes none.
        """
        contract = self.contract
        chunk = contract.horizon.predicted, contract.action_size
        feed = {
            "observation": window.array()[None].astype(np.float32),
            "noise": self._random.standard_normal((1, *chunk), dtype=np.float32),
        }
        if self.can_inpaint:
            actions, weight = np.zeros(chunk), np.zeros(chunk[0])
            if prefix is not None:
                actions, weight = prefix_rows(contract, prefix, window.time_s, frozen_steps)
            feed |= {"prefix": actions[None].astype(np.float32), "weight": weight[None].astype(np.float32)}
        elif prefix is not None:
            raise FileFormatError(f"{self.path} takes no prefix: export it again from its checkpoint (`midp export`)")
        predicted = self._session.run(["action"], feed)[0][0].astype(np.float64)  # (predicted, action_size)
        if not np.isfinite(predicted).all():
            raise ObservationError(f"{self.path} answered with actions that are not finite")
        return ActionChunk(predicted[contract.first_executed :], window.time_s, contract.step_s)

    def _check_interface(self) -> bool:
        """Whether the model takes a prefix; raises FileFormatError where its inputs are not the contract's."""
        horizon, actions = self.contract.horizon, self.contract.action_size
        wanted = {
            "observation": [horizon.observed, self.contract.observation_size],
            "noise": [horizon.predicted, actions],
        }
        inpainting = {"prefix": [horizon.predicted, actions], "weight": [horizon.predicted]}
        found = {i.name: list(i.shape[1:]) for i in self._session.get_inputs()}
        if found not in (wanted, wanted | inpainting):
            raise FileFormatError(f"{self.path} has inputs {found}, its contract asks for {wanted | inpainting}")
        return found != wanted


def _open(path: Path, threads: int, providers: Sequence[str] | None) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # Spinning threads would take the cores of whoever streams commands.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=list(providers or ["CPUExecutionProvider"]))
    except Exception as e:  # onnxruntime's exceptions share no public base class
        reason = str(e).splitlines()[0]
        raise FileFormatError(f"{path} is damaged or not an ONNX model: {reason}") from None
