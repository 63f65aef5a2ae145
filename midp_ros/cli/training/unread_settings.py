"""Settings on the command line that change nothing, as the chosen network or learner does not read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from midp_ros.core.seams import DENOISERS

if TYPE_CHECKING:
    from midp_ros.learning.config import TrainConfig

ALWAYS_READ = "model.floor"  # of the normalisers


def unread_settings(config: TrainConfig, changes: Sequence[str]) -> list[str]:
    """A sentence for each change, `key=value`, without an effect; loads torch.

    Raises:
        UnknownNameError, EntryPointError: as for what the configuration names.
    """
    unread = {key: who for who, keys in _unread(config) for key in keys}
    found = []
    for key in (change.partition("=")[0] for change in changes):
        section = key.partition(".")[0]
        if (who := unread.get(key) or unread.get(section)) and key != ALWAYS_READ:
            found.append(f"{key} changes nothing: {who} does not read it")
    return found


def _unread(config: TrainConfig) -> Iterator[tuple[str, Sequence[str]]]:
    from midp_ros.learning.encoders.image_encoder import ENCODERS
    from midp_ros.learning.learners.learner import learner_of

    learner = learner_of(config)
    yield f"learner.name={config.learner.name}", _keys(learner)
    if config.encoder:
        yield f"encoder.name={config.encoder.name}", _keys(ENCODERS[config.encoder.name])
    if "model" not in _keys(learner):
        network = DENOISERS.made("model.name", config.model.name, lambda factory: factory)
        yield f"model.name={config.model.name}", _keys(network)


def _keys(who: Any) -> Sequence[str]:
    keys: Sequence[str] = getattr(who, "unread", ())
    return keys
