"""`midp export`: from a checkpoint to an ONNX file and its card; may import everything but nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from midp_ros.core.card import ModelCard


def export(
    checkpoint: Annotated[Path, typer.Argument(help="checkpoint of a training run, e.g. runs/pick/checkpoint.pt")],
    model: Annotated[Path, typer.Argument(help="ONNX file to write, e.g. models/pick.onnx")],
    sampling_steps: Annotated[
        int | None, typer.Option(min=1, help="denoising steps for a chunk, instead of the configuration's")
    ] = None,
) -> None:
    """Writes the whole policy as one ONNX file, and its card beside it."""
    from midp_ros.learning.checkpoint import Checkpoint  # torch takes seconds to load
    from midp_ros.learning.export import export_onnx

    card, difference = export_onnx(Checkpoint.load(checkpoint), model, sampling_steps)
    card.write(ModelCard.path_beside(model))
    console = Console()
    console.print(f"{model}: {model.stat().st_size / 1e6:.1f} MB, {card.parameters:,} parameters")
    console.print(f"largest difference to torch on 100 random inputs: {difference:.1e}")
    console.print(f"card: {ModelCard.path_beside(model)}")


if __name__ == "__main__":
    typer.run(export)
