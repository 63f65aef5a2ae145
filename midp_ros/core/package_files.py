"""Locations of the package's files (launch/, config/, urdf/, models/); imports the standard library only."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from midp_ros.core.errors import FileFormatError
from midp_ros.core.files.file_kind import MODEL, advice

PACKAGE = "midp_ros"


def package_path(*parts: str) -> Path:
    """The path of a file or folder that the package carries, e.g. `package_path("config", "contracts", "pick.yaml")`.

    Works alike in a source checkout, an editable install, a wheel's install and an ament (colcon) install.

    Raises:
        FileFormatError: there is no such file; the message lists what its folder holds.
    """
    path = package_directory().joinpath(*parts)
    if path.exists():
        return path
    folder = path.parent
    while not folder.is_dir():
        folder = folder.parent
    names = sorted(p.name for p in folder.iterdir() if not p.name.startswith("."))
    raise FileFormatError(f"{path} does not exist; {folder} holds: {', '.join(names) or 'nothing'}")


def model_path(model: str) -> Path:
    """The file of a model given by path, or by name in models/.

    Raises:
        FileFormatError: an unknown name, or a file of another kind; says which command takes that.
    """
    path = Path(model).expanduser()
    named = package_directory() / "models" / f"{model}.onnx"
    if path.name == model and named.is_file():
        return named  # whatever else has this name where the command runs
    if wrong := advice(path, MODEL):
        raise FileFormatError(wrong)
    if path.is_dir():
        found = min(path.glob("*.onnx"), default=path / "NAME.onnx")
        raise FileFormatError(f"{path} is a folder; a model is a file, e.g. {found}")
    if model.endswith(".onnx"):
        return path
    known = sorted(p.stem for p in named.parent.glob("*.onnx"))
    raise FileFormatError(f"there is no model {model!r}; models/ has {', '.join(known)}; a file's name ends in .onnx")


@lru_cache(maxsize=1)
def package_directory() -> Path:
    """The folder that holds package.xml, launch/, config/, urdf/ and models/."""
    tried = list(dict.fromkeys(_candidates()))
    for folder in tried:
        if (folder / "package.xml").is_file() and (folder / "config").is_dir():
            return folder
    places = "\n  ".join(map(str, tried))
    raise FileFormatError(f"the files of {PACKAGE} were not found; install the package again. Looked in:\n  {places}")


def _candidates() -> Iterator[Path]:
    here = Path(__file__)
    # Unresolved first: in an install made of symbolic links only that path leads to the prefix.
    for package in (here.parents[1], here.resolve().parents[1]):
        yield package.parent  # a checkout, or an editable install of one
        # <prefix>/lib/pythonX.Y/site-packages, <prefix>/local/lib/pythonX.Y/dist-packages, or pip's --target folder
        for ancestor in list(package.parents)[:5]:
            yield ancestor / "share" / PACKAGE
    yield Path(sys.prefix) / "share" / PACKAGE
    for prefix in filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)):
        yield Path(prefix) / "share" / PACKAGE
