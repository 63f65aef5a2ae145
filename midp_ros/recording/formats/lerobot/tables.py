"""Parquet and JSON files of a LeRobotDataset; imports pyarrow, no ROS."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midp_ros.core.errors import FileFormatError

TYPES = {"float32": np.float32, "float64": np.float64, "int64": np.int64, "bool": np.bool_}


def fixed_lists(values: NDArray[Any]) -> Any:
    """A column of vectors (steps, size), or of numbers where the size is 1."""
    import pyarrow as pa

    values = np.ascontiguousarray(values)
    if values.ndim == 1 or values.shape[1] == 1:
        return pa.array(values.reshape(-1))
    return pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), values.shape[1])


def vectors(column: Any) -> NDArray[Any]:
    """The inverse of `fixed_lists`: (steps, size)."""
    column = column.combine_chunks()
    if hasattr(column, "flatten") and "list" in str(column.type):
        flat = column.flatten().to_numpy(zero_copy_only=False)
        return np.asarray(flat).reshape(len(column), -1)
    return np.asarray(column.to_numpy(zero_copy_only=False)).reshape(len(column), 1)


class ParquetFile:
    """A parquet file that is written table by table."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._writer: Any = None

    def add(self, table: Any) -> None:
        """Adds rows; every table has the columns of the first."""
        import pyarrow.parquet as pq

        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="snappy")
        self._writer.write_table(table)

    @property
    def megabytes(self) -> float:
        """Size on the disk so far."""
        return self.path.stat().st_size / 2**20 if self.path.exists() else 0.0

    def close(self) -> None:
        """Writes the file's end."""
        if self._writer is not None:
            self._writer.close()


def read_parquet(path: Path, columns: list[str] | None = None) -> Any:
    """A table; raises FileFormatError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path, columns=columns, partitioning=None)
    except (OSError, pa.ArrowException, KeyError) as e:
        raise FileFormatError(f"cannot read {path}: {e}") from None


def write_rows(path: Path, rows: list[dict[str, Any]]) -> None:
    """A parquet file of plain rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows), path)


def write_tasks(path: Path, tasks: Iterable[str]) -> None:
    """The tasks of v3, as pandas writes a frame whose index is the task's text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = list(tasks)
    table = pa.table({"task_index": pa.array(range(len(names)), pa.int64()), "task": pa.array(names, pa.string())})
    number = {"name": "task_index", "field_name": "task_index", "pandas_type": "int64", "numpy_type": "int64"}
    text = {"name": "task", "field_name": "task", "pandas_type": "unicode", "numpy_type": "object"}
    about = {
        "index_columns": ["task"],
        "column_indexes": [],
        "columns": [{**number, "metadata": None}, {**text, "metadata": None}],
        "pandas_version": "2.2.0",
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata({b"pandas": json.dumps(about).encode()}), path)


def write_json(path: Path, data: Any) -> None:
    """A JSON file, indented."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=4) + "\n")


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """A file with a JSON object in each line."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def read_json(path: Path) -> Any:
    """A JSON file; raises FileFormatError."""
    try:
        return json.loads(path.read_text())
    except OSError as e:
        raise FileFormatError(f"cannot read {path}: {e.strerror}") from None
    except ValueError as e:
        raise FileFormatError(f"{path} is no valid JSON: {e}") from None


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a file with one in each line; raises FileFormatError."""
    try:
        return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    except OSError as e:
        raise FileFormatError(f"cannot read {path}: {e.strerror}") from None
    except ValueError as e:
        raise FileFormatError(f"{path} is not valid: {e}") from None
