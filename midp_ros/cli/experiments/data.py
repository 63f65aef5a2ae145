"""An experiment's demonstrations; imports learning."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from midp_ros.cli.training.demonstrations import load_demonstrations
from midp_ros.core.errors import FileFormatError

if TYPE_CHECKING:
    from midp_ros.learning.config import ContextConfig
    from midp_ros.learning.dataset import Dataset


def load_dataset(
    data: str,
    demonstrations: int,
    keep_failed: bool = False,
    context: ContextConfig | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    remark: Callable[[str], None] = lambda text: None,
) -> Dataset:
    """The windows of a folder's or zarr file's first demonstrations, by their seeds; 0 takes all.

    Episodes that are marked as failures do not count, unless `keep_failed`.

    Args:
        progress: called with how many episodes are done, and of how many: first read, then their pictures decoded.
        remark: called with each remark on what is left out.

    Raises:
        FileFormatError: no such data, damaged, or fewer demonstrations than asked for.
    """
    from midp_ros.learning.dataset import build_dataset  # loads torch
    from midp_ros.learning.selection import select

    read, of_reading = load_demonstrations(data, progress)
    selection = select(read, keep_failed)
    for text in (*([of_reading] if of_reading else []), *selection.left_out):
        remark(text)
    episodes = selection.learned
    if len(episodes) < demonstrations:
        raise FileFormatError(f"{data} holds {len(episodes)} demonstrations, the experiment asks for {demonstrations}")
    episodes = sorted(episodes, key=lambda e: e.info.get("seed", 0))  # stable: without seeds, the file's order
    return build_dataset(episodes[: demonstrations or None], context, progress)
