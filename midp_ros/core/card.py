"""The card of an exported policy: origin and scores; imports the standard library and the contract only.

It is written twice: into the ONNX file's metadata, and as JSON beside the file, where scores are added later.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from midp_ros.core.chunk import AUTO
from midp_ros.core.contract import Contract
from midp_ros.core.errors import ContractError, FileFormatError
from midp_ros.core.files.output import write_text

FORMAT = "midp_ros policy 1"
SUFFIX = ".onnx"


@dataclass(frozen=True)
class ModelCard:
    """Origin and scores of an exported policy.

    Attributes:
        contract: what it observes and commands.
        command: the command that trained it.
        config: the training configuration, plain data.
        data_hash: SHA-256 of the demonstrations.
        episodes: number of demonstrations.
        parameters: number of learned parameters.
        training_steps, sampling_steps: optimiser steps made, denoising steps per chunk.
        version: of midp_ros that exported it.
        scores: results of evaluations, by task; empty until measured.
    """

    contract: Contract
    command: str
    config: dict[str, Any]
    data_hash: str
    episodes: int
    parameters: int
    training_steps: int
    sampling_steps: int
    version: str
    scores: dict[str, Any] = field(default_factory=dict)

    @property
    def handover(self) -> str:
        """How its chunks are to take over from each other: one of `core.chunk.HANDOVERS`, if the card is right."""
        context = self.config.get("context")
        return str(context.get("handover", AUTO)) if isinstance(context, dict) else AUTO

    @staticmethod
    def path_beside(model: str | Path) -> Path:
        """Where the card of a model file lies: models/pick.onnx -> models/pick.json.

        Raises:
            FileFormatError: the name does not end in .onnx, so that another model's card, or the model itself, could
                have the card's name.
        """
        path = Path(model)
        if path.suffix != SUFFIX:
            raise FileFormatError(f"a model's file name ends in {SUFFIX}: got {path}, need {path}{SUFFIX}")
        return path.with_suffix(".json")

    def to_metadata(self) -> dict[str, str]:
        """The card as an ONNX file's metadata: one JSON text per key."""
        data = {**asdict(self), "contract": self.contract.to_dict()}
        return {"format": FORMAT, **{key: json.dumps(value, sort_keys=True) for key, value in data.items()}}

    @classmethod
    def from_metadata(cls, metadata: dict[str, str], source: str | Path) -> ModelCard:
        """The inverse of `to_metadata`; raises FileFormatError naming the source and what is wrong."""
        if metadata.get("format") != FORMAT:
            raise FileFormatError(f"{source} is not a policy exported by midp_ros (its metadata lacks {FORMAT!r})")
        try:
            return cls._from_plain({f.name: json.loads(metadata[f.name]) for f in fields(cls)})
        except KeyError as e:
            raise FileFormatError(f"{source}: the metadata lacks {e}") from None
        except (TypeError, ValueError, ContractError) as e:
            raise FileFormatError(f"{source}: the metadata is damaged: {e}") from None

    @classmethod
    def read(cls, path: str | Path) -> ModelCard:
        """Reads a card's JSON file."""
        path = Path(path)
        try:
            return cls._from_plain(json.loads(path.read_text()))
        except OSError as e:
            raise FileFormatError(f"cannot read model card {path}: {e.strerror}") from None
        except (TypeError, ValueError, ContractError) as e:
            raise FileFormatError(f"{path} is not a model card: {e}") from None

    def write(self, path: str | Path) -> None:
        """Writes the JSON file, whole or not at all; raises OutputError."""
        write_text(path, json.dumps({**asdict(self), "contract": self.contract.to_dict()}, indent=2) + "\n")

    def with_scores(self, task: str, scores: dict[str, Any]) -> ModelCard:
        """This card with a task's scores set."""
        return replace(self, scores={**self.scores, task: scores})

    @classmethod
    def _from_plain(cls, data: Any) -> ModelCard:
        if not isinstance(data, dict):
            raise ValueError("it is not a mapping")
        if missing := {f.name for f in fields(cls)} - set(data) - {"scores"}:
            raise ValueError(f"it lacks {sorted(missing)[0]!r}")
        return cls(**{**data, "contract": Contract.from_dict(data["contract"])})
