"""`midp draw`: a page on which a person draws a path for task trace."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from midp_ros.cli.terminal.console import plain_console, say
from midp_ros.core.errors import FileFormatError, OutputError

if TYPE_CHECKING:
    from midp_ros.core.arrays import Array


def draw(
    file: Annotated[Path, typer.Argument(help="File for the path: .csv keeps place and size, .svg the shape.")],
    height_m: Annotated[float, typer.Option(min=0.02, max=0.6, help="Of the tool on the path [m], for .csv.")] = 0.15,
    port: Annotated[int, typer.Option(min=1024, max=65535, help="Of the page; the next free one if taken.")] = 8090,
) -> None:
    """Draw a path with the mouse on a web page of this machine: freehand, a square or a circle.

    The page shows the table from behind the arm. Ends by the page's `save and finish`, or by Ctrl-C.
    """
    from midp_ros.cli.drawing.draw_server import HOST, open_draw_server
    from midp_ros.core.files.output import require_writable_file

    if file.suffix.lower() not in (".csv", ".svg"):
        raise FileFormatError(f"{file} is neither .csv nor .svg: a path is one of these")
    if file.exists():
        raise OutputError(f"{file} exists already; choose another name, or remove it")
    require_writable_file(file)
    console = plain_console()

    def save(points_m: Array, last: bool) -> str:
        length_m = write(file, points_m, height_m)
        message = f"saved {len(points_m)} points, {length_m:.2f} m long: {file}"
        say(message, console=console)
        if last:
            threading.Thread(target=server.shutdown).start()  # it waits for this request
        return message

    server = open_draw_server(port, save)
    say(f"open http://{HOST}:{server.server_address[1]} in a browser", console=console)
    try:
        server.serve_forever(poll_interval=0.1)
    except KeyboardInterrupt:
        if not file.exists():
            raise
    finally:
        server.server_close()
    say(f"record it: midp record --task trace --path {file} --out data/{file.stem}", console=console)


def write(file: Path, points_m: Array, height_m: float) -> float:
    """Writes points (points, 2) of the base's plane [m]; returns the path's length [m].

    Raises:
        DrawingError: the arm cannot follow it.
    """
    import numpy as np

    from midp_ros.drawing import Placement
    from midp_ros.drawing.csv_file import write_csv
    from midp_ros.drawing.svg_file import write_svg

    path_m = Placement().place(np.column_stack([points_m, np.full(len(points_m), height_m)]))
    if file.suffix.lower() == ".csv":
        write_csv(file, path_m)
    else:
        write_svg(file, path_m)
    return float(np.linalg.norm(np.diff(path_m, axis=0), axis=1).sum())
