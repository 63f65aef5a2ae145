"""An exported policy, run by onnxruntime; imports core and onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from midp_ros.core.arrays import Array
from midp_ros.core.card import ModelCard
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import FileFormatError, ObservationError, UnknownNameError
from midp_ros.core.protocols import NO_IMAGES
from midp_ros.core.window import ObservationWindow
from midp_ros.inference.inpainting import prefix_rows
from midp_ros.inference.providers import ProviderError, open_session

ERRORS_ONLY = 3  # onnxruntime's severity; its warnings are about its own internals


class OnnxPolicy:
    """A policy (core.protocols.Policy) from an ONNX file that `midp export` wrote.

    Args:
        path: the ONNX file.
        threads: that one inference may use; they do not spin while idle.
        provider: one of inference.providers' CHOICES.

    Attributes:
        contract: what it observes and commands.
        card: its origin.
        threads: that one inference may use.
        handover: how its chunks are to take over from each other, as it was trained for.
        parameters: number of learned parameters.
        can_inpaint: whether it takes a prefix; models exported by early versions do not.
        fresh_draws: chunks of noise that its sampler draws besides the first one.

    Raises:
        FileFormatError: the file is missing, damaged, or no policy of midp_ros.
        ProviderError: this machine does not have the provider.
    """

    def __init__(self, path: str | Path, threads: int = 1, provider: str = "cpu"):
        self.path, self.threads = Path(path), threads
        if not self.path.is_file():
            raise FileFormatError(f"no policy at {self.path}")
        self._session = _open(self.path, threads, provider)
        self.card = ModelCard.from_metadata(self._session.get_modelmeta().custom_metadata_map, self.path)
        self.contract: Contract = self.card.contract
        self.executed_steps = self.contract.horizon.executed
        self.handover, self.parameters = self.card.handover, self.card.parameters
        self.can_inpaint, self.fresh_draws = self._check_interface()
        self.reset(0)

    @property
    def provider(self) -> str:
        """The execution provider that is used."""
        return str(self._session.get_providers()[0])

    def warm_up(self) -> None:
        """Runs one inference without use: the first one reserves memory, and TensorRT builds its engine in it."""
        horizon, actions = self.contract.horizon, self.contract.action_size
        feed = np.zeros((1, horizon.observed, self.contract.observation_size))
        shapes = {image.name: (1, horizon.observed, *image.shape) for image in self.contract.images}
        black = {name: np.zeros(shape, np.uint8) for name, shape in shapes.items()}
        self.predict(feed, np.zeros((1, horizon.predicted, actions), np.float32), images=black)

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
            frozen_steps: number of actions from the newest observation's time on that are returned as in the prefix.

        Raises:
            ObservationError: the model's answer is not finite, as with an observation far outside of what it learned.
            FileFormatError: a prefix for a model that takes none.
        """
        contract = self.contract
        chunk = 1, contract.horizon.predicted, contract.action_size
        noise = self._random.standard_normal(chunk, dtype=np.float32)
        rows = None
        if prefix is not None:
            actions, weight = prefix_rows(contract, prefix, window.time_s, frozen_steps)
            rows = actions[None], weight[None]
        images = {name: pictures[None] for name, pictures in window.images().items()}
        predicted = self.predict(window.array()[None], noise, rows, images)[0]  # (predicted, action_size)
        return ActionChunk(predicted[contract.first_executed :], window.time_s, contract.step_s)

    def predict(
        self,
        observation: Array,
        noise: NDArray[np.float32],
        prefix: tuple[Array, Array] | None = None,
        images: Mapping[str, NDArray[np.uint8]] = NO_IMAGES,
        fresh: NDArray[np.float32] | None = None,
    ) -> Array:
        """Whole chunks (batch, predicted, action_size) for a batch of windows, denoised from the given noise.

        Args:
            observation: (batch, observed, observation_size).
            noise: (batch, predicted, action_size), standard normal.
            prefix: actions (batch, predicted, action_size) to fit to and their weights (batch, predicted).
            images: (batch, observed, height, width, 3) of each of the contract's, by name.
            fresh: (batch, fresh_draws, predicted, action_size), standard normal: what the sampler draws besides;
                without it, that follows from the seed of the last `reset`.

        Raises:
            ObservationError, FileFormatError: as `act`.
        """
        feed: dict[str, NDArray[Any]] = {"observation": observation.astype(np.float32), "noise": noise}
        feed |= {image.model_input: images[image.name] for image in self.contract.images}
        if self.can_inpaint:
            actions, weight = prefix or (np.zeros(noise.shape), np.zeros(noise.shape[:2]))
            feed |= {"prefix": actions.astype(np.float32), "weight": weight.astype(np.float32)}
        elif prefix is not None:
            raise FileFormatError(f"{self.path} takes no prefix: export it again from its checkpoint (`midp export`)")
        if self.fresh_draws:
            shape = len(noise), self.fresh_draws, *noise.shape[1:]
            feed["fresh"] = self._random.standard_normal(shape, dtype=np.float32) if fresh is None else fresh
        predicted: Array = self._session.run(["action"], feed)[0].astype(np.float64)
        if not np.isfinite(predicted).all():
            raise ObservationError(f"{self.path} answered with actions that are not finite")
        return predicted

    def _check_interface(self) -> tuple[bool, int]:
        """Whether the model takes a prefix, and how many chunks of noise its sampler draws besides the first one.

        Raises FileFormatError where its inputs are not the contract's.
        """
        horizon, actions = self.contract.horizon, self.contract.action_size
        wanted = {
            "observation": [horizon.observed, self.contract.observation_size],
            "noise": [horizon.predicted, actions],
            **{image.model_input: [horizon.observed, *image.shape] for image in self.contract.images},
        }
        inpainting = {"prefix": [horizon.predicted, actions], "weight": [horizon.predicted]}
        found = {i.name: list(i.shape[1:]) for i in self._session.get_inputs()}
        draws, *chunk = found.pop("fresh", [0, *wanted["noise"]])
        if chunk != wanted["noise"] or found not in (wanted, wanted | inpainting):
            raise FileFormatError(f"{self.path} has inputs {found}, its contract asks for {wanted | inpainting}")
        return found != wanted, draws


def _open(path: Path, threads: int, provider: str) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # Spinning threads would take the cores of the process that streams commands.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    try:
        return open_session(
            provider, lambda names: onnxruntime.InferenceSession(str(path), options, providers=list(names))
        )
    except (ProviderError, UnknownNameError):
        raise
    except Exception as e:  # onnxruntime's exceptions share no public base class
        reason = str(e).splitlines()[0]
        raise FileFormatError(f"{path} is damaged or not an ONNX model: {reason}") from None
