"""Finished episodes of a certificate that is being made: a line of JSON each, so that a later run goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from midp_ros.certify import software_digest
from midp_ros.core.errors import OutputError


class Journal:
    """Episodes of one model by stage and seed; those of other settings or of another midp_ros are passed over.

    Args:
        folder: that names the model's hash.
    """

    def __init__(self, folder: Path, stage: str, settings: Mapping[str, Any]):
        self.path = folder / f"{stage}.jsonl"
        self._key = json.dumps({**settings, "software": software_digest()}, sort_keys=True)

    def read(self) -> dict[int, dict[str, Any]]:
        """Episodes by seed; half a line, of a run that was killed, is left out."""
        found: dict[int, dict[str, Any]] = {}
        try:
            lines = self.path.read_text().splitlines()
        except OSError:
            return found
        for line in lines:
            try:
                entry = json.loads(line)
                if entry["settings"] == self._key:
                    found[int(entry["episode"]["seed"])] = entry["episode"]
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def add(self, episode: Mapping[str, Any]) -> None:
        """Adds an episode at once; raises OutputError."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            torn = self.path.is_file() and not self.path.read_bytes().endswith(b"\n")
            with self.path.open("a") as file:
                file.write(
                    ("\n" if torn else "") + json.dumps({"settings": self._key, "episode": dict(episode)}) + "\n"
                )
        except OSError as e:
            raise OutputError(f"cannot write {self.path}: {e.strerror or e}") from None
