"""YAML files written by hand; imports PyYAML and the kinds of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.file_kind import yaml_difference


def read_yaml(path: Path, what: str) -> Any:
    """The content of a file, of which nothing is executed; raises FileFormatError.

    Args:
        what: kind of file, for the message, e.g. `contract`.
    """
    try:
        data = yaml.safe_load(path.read_text())
    except OSError as e:
        raise FileFormatError(f"cannot read {what} {path}: {e.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise FileFormatError(f"{what} {path} is not valid YAML: {e}") from None
    if wrong := yaml_difference(path, data, what):
        raise FileFormatError(wrong)
    return data
