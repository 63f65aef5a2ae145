"""`midp export`: from a checkpoint to an ONNX file and its card; may import everything but nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from midp_ros.cli.terminal.console import say
from midp_ros.cli.terminal.interrupt import quiet_loading
from midp_ros.core.card import ModelCard
from midp_ros.core.errors import FileFormatError, MidpError
from midp_ros.core.files.file_kind import CHECKPOINT, advice
from midp_ros.core.files.name_lock import only_writer
from midp_ros.core.files.output import require_writable_file
from midp_ros.core.package_files import package_directory


class ReplacementError(MidpError):
    """An existing file that an export would replace without having been asked to."""


def export(
    checkpoint: Annotated[Path, typer.Argument(help="Checkpoint of a training run, e.g. runs/pick/checkpoint.pt.")],
    model: Annotated[Path, typer.Argument(help="ONNX file to write, e.g. runs/pick/pick.onnx.")],
    sampling_steps: Annotated[
        int | None, typer.Option(min=1, help="Denoising steps for a chunk, instead of the configuration's.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a model of the package or of another skill.")
    ] = False,
) -> None:
    """Write the whole policy as one ONNX file, and its card beside it.

    A model of the same skill at the same place is replaced, except in the package's models/.
    """
    if wrong := advice(checkpoint, CHECKPOINT):
        raise FileFormatError(wrong)
    if checkpoint.is_dir():
        raise FileFormatError(f"{checkpoint} is a folder; a checkpoint is a file, e.g. runs/pick/checkpoint.pt")
    if not checkpoint.exists():
        raise FileFormatError(f"cannot read checkpoint {checkpoint}: no such file")
    card_path = ModelCard.path_beside(model)
    for path in (model, card_path):
        require_writable_file(path)
    with quiet_loading():
        from midp_ros.learning.checkpoint import Checkpoint  # torch takes seconds to load
        from midp_ros.learning.export import export_onnx

        trained = Checkpoint.load(checkpoint)
    if not overwrite:
        require_replaceable(model, card_path, trained.contract.skill)
    replaced = model.exists()
    with only_writer(model):  # a card is of the model beside it
        card, difference = export_onnx(trained, model, sampling_steps)
        card.write(card_path)
    remark = ", replaced" if replaced else ""
    say(f"{model}: {model.stat().st_size / 1e6:.1f} MB, {card.parameters:,} parameters{remark}")
    say(f"largest difference to torch on 100 random inputs: {difference:.1e}")
    say(f"card: {card_path}")
    say(f"next: midp evaluate {model} --task {card.contract.skill}")


def require_replaceable(model: Path, card_path: Path, skill: str) -> None:
    """Refuses to replace a model of the package, and what is not a model of the same skill.

    Raises:
        ReplacementError: names the file and what it is.
    """
    if not (model.exists() or card_path.exists()):
        return
    remedy = "choose another name, or replace it with --overwrite"
    if model.exists() and model.resolve().parent == (package_directory() / "models").resolve():
        raise ReplacementError(f"{model} is a model of the package; {remedy}")
    try:
        there = ModelCard.read(card_path).contract.skill
    except FileFormatError:
        found = card_path if card_path.exists() else model
        raise ReplacementError(f"{found} exists and is no model exported by midp_ros; {remedy}") from None
    if there != skill:
        raise ReplacementError(f"{model} is a model of {there!r}, the checkpoint has learned {skill!r}; {remedy}")
