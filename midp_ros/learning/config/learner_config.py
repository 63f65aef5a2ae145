"""The section `learner` of a training configuration; imports core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class LearnerConfig:
    """What is learned, and the keys of its own.

    Attributes:
        name: of a learner that `midp list learners` shows.
        options: all other keys of the section, which the learner reads.
    """

    name: str = "diffusion"
    options: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def from_plain(cls, data: object) -> Mapping[str, Any]:
        """Plain data of this class, from a name or from a section with name and options side by side."""
        if isinstance(data, str):
            return {"name": data}
        if not isinstance(data, Mapping):
            return data  # type: ignore[return-value]
        section = dict(data)
        return {"name": section.pop("name", cls.name), "options": section}

    def to_plain(self) -> Any:
        """The shortest way to write it."""
        return {"name": self.name, **self.options} if self.options else self.name
