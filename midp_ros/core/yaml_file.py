"""YAML files that people write; imports PyYAML only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from midp_ros.core.errors import FileFormatError


def read_yaml(path: Path, what: str) -> Any:
    """Reads a file, of which nothing is executed; raises FileFormatError that says what it is of, e.g. `contract`."""
    try:
        return yaml.safe_load(path.read_text())
    except OSError as e:
        raise FileFormatError(f"cannot read {what} {path}: {e.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise FileFormatError(f"{what} {path} is not valid YAML: {e}") from None
