"""Random crops and colours of pictures: what a policy sees must not hang on a pixel or on the light.

Every window has its own, the same for all of its observations, so that what moves in it has moved. The random numbers
come from the training's own generator on the CPU. Imports torch.
"""

from __future__ import annotations

import torch
from torch import Tensor

from midp_ros.learning.encoders.encoder_config import EncoderConfig

NUMBERS = 5  # random numbers per window and camera: row, column, brightness, contrast, saturation
LUMINANCE = (0.299, 0.587, 0.114)  # of red, green, blue: ITU-R BT.601


def random_numbers(batch: int, cameras: int, generator: torch.Generator) -> Tensor:
    """For `cropped` and `recoloured`, uniform in [0, 1): (batch, cameras, NUMBERS)."""
    return torch.rand(batch, cameras, NUMBERS, generator=generator)


def crop_size(height: int, width: int, share: float) -> tuple[int, int]:
    """Height and width that are left of a picture [pixels]."""
    return max(1, round(share * height)), max(1, round(share * width))


def cropped(pictures: Tensor, size: tuple[int, int], uniform: Tensor | None = None) -> Tensor:
    """Pictures (batch, observed, height, width, 3), cut out (batch, observed, *size, 3).

    Args:
        uniform: (batch, NUMBERS), for a place of each window's own; without it, in the middle.
    """
    (height, width), (tall, wide) = pictures.shape[2:4], size
    if uniform is None:
        top, left = (height - tall) // 2, (width - wide) // 2
        return pictures[:, :, top : top + tall, left : left + wide]
    device, batch = pictures.device, len(pictures)
    top, left = (uniform[:, 0] * (height - tall + 1)).long(), (uniform[:, 1] * (width - wide + 1)).long()
    if device.type == "cpu":  # a twentieth of the time of the index below, which spares a GPU the loop
        cuts = zip(pictures, top.tolist(), left.tolist(), strict=True)
        return torch.stack([picture[:, y : y + tall, x : x + wide] for picture, y, x in cuts])
    rows = top[:, None] + torch.arange(tall, device=device)
    columns = left[:, None] + torch.arange(wide, device=device)
    window = torch.arange(batch, device=device)[:, None, None]
    chosen = pictures[window, :, rows[:, :, None], columns[:, None, :]]  # (batch, tall, wide, observed, 3)
    return chosen.permute(0, 3, 1, 2, 4)


def recoloured(pictures: Tensor, config: EncoderConfig, uniform: Tensor) -> Tensor:
    """Pictures (batch, observed, height, width, 3) in [-1, 1] with another brightness, contrast and saturation.

    Args:
        uniform: (batch, NUMBERS).
    """
    amounts = torch.tensor([config.brightness, config.contrast, config.saturation], device=pictures.device)
    change = ((2 * uniform[:, 2:] - 1) * amounts)[:, :, None, None, None, None]
    brightness, contrast, saturation = change.unbind(1)  # each (batch, 1, 1, 1, 1)
    grey = (pictures * torch.tensor(LUMINANCE, device=pictures.device)).sum(-1, keepdim=True)
    mean = grey.mean((1, 2, 3, 4), keepdim=True)
    coloured = grey + (1 + saturation) * (pictures - grey)
    return (mean + (1 + contrast) * (coloured - mean) + 2 * brightness).clamp(-1.0, 1.0)
