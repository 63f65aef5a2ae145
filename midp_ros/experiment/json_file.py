"""JSON files of one dataclass, which commands write and read again; imports core."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.output import write_text
from midp_ros.core.plain_data import build

T = TypeVar("T")


def write_json(path: Path, instance: Any) -> None:
    """Writes a dataclass whole or not at all, one field a line.

    Raises:
        FileFormatError: a value is no plain data, or not a finite number.
        OutputError: the file cannot be written.
    """
    try:
        lines = [f" {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in asdict(instance).items()]
    except (TypeError, ValueError) as e:
        raise FileFormatError(f"{path} would hold what is no plain data of finite numbers: {e}") from None
    write_text(path, "{\n" + ",\n".join(lines) + "\n}\n")


def read_json(cls: type[T], path: Path) -> T:
    """The inverse of `write_json`; raises FileFormatError where the file is damaged or of other types."""

    def damaged(why: object) -> FileFormatError:
        return FileFormatError(f"{path} is damaged: {why}")

    try:
        data = json.loads(path.read_text(), parse_constant=_not_finite)
    except (OSError, ValueError) as e:
        raise damaged(e) from None
    instance: T = build(cls, data, "it", damaged)
    return instance


def _not_finite(constant: str) -> None:
    raise ValueError(f"it holds {constant}")
