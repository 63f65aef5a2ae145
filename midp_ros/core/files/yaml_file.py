"""YAML files written by hand; imports PyYAML and the kinds of files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.file_kind import yaml_difference

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parsed(text: str) -> Any:
    """A YAML text's content, of which nothing is executed; raises yaml.YAMLError.

    By libyaml where PyYAML was built with it: five times as fast as PyYAML's own (a robot profile in 3 ms, not 17).
    """
    return yaml.load(text, _LOADER)


def read_yaml(path: Path, what: str) -> Any:
    """The content of a file, of which nothing is executed; raises FileFormatError.

    Args:
        what: kind of file, for the message, e.g. `contract`.
    """
    try:
        data = parsed(path.read_text())
    except OSError as e:
        raise FileFormatError(f"cannot read {what} {path}: {e.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as e:
        raise FileFormatError(f"{what} {path} is not valid YAML: {e}") from None
    if wrong := yaml_difference(path, data, what):
        raise FileFormatError(wrong)
    return data
