"""The cameras' folder on the page: a switch and the newest picture of each; imports pillow and viser."""

from __future__ import annotations

import numpy as np
import viser
from numpy.typing import NDArray

QUALITY = 70  # of the JPEG pictures, 0 to 95


class PicturePanel:
    """Pictures by camera name."""

    def __init__(self, gui: viser.GuiApi):
        self._gui, self._folder = gui, gui.add_folder("cameras", visible=False)
        self._switches: dict[str, viser.GuiCheckboxHandle] = {}
        self._images: dict[str, viser.GuiImageHandle] = {}

    def offer(self, name: str) -> None:
        """Adds a camera, which is switched on."""
        if name not in self._switches:
            self._folder.visible = True
            with self._folder:
                self._switches[name] = self._gui.add_checkbox(name, True)

    def wanted(self, name: str) -> bool:
        """Whether a camera is switched on."""
        return name in self._switches and self._switches[name].value

    def show(self, name: str, picture: NDArray[np.uint8]) -> None:
        """Shows a picture (height, width, 3)."""
        if name in self._images:
            self._images[name].image = picture
            return
        with self._folder:
            self._images[name] = self._gui.add_image(picture, format="jpeg", jpeg_quality=QUALITY)
