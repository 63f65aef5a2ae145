"""The U-Net's nodes in a sampler's graph, arranged for one thread and a batch of one; imports torch.

torch could export it, and did: the same arithmetic took half as long again. At this size a node costs about as much for
being called as for what it computes, so here

- FiLM is worked out for all denoising steps at once, and along time, as elementwise nodes want equal shapes;
- group normalisation is instance normalisation of the groups, its scale and shift a batch normalisation of (0, 1);
- convolutions with many channels and few time steps are matrix products: onnxruntime lays out a product's constant
  right side when it loads the graph, and a convolution's weights never.

The names of the weights are those of the network's modules. The export checks the result against the network itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
from torch import Tensor, nn

from midp_ros.learning.export.onnx_builder import GraphBuilder
from midp_ros.learning.networks.unet import ConvBlock, GroupNorm, ResidualBlock, UNet

Convolution: TypeAlias = "nn.Conv1d | nn.ConvTranspose1d"

EPSILON = 1e-5  # of the normalisations, as layer_norm's in the network
# Input channels per time step from which on a product is faster than a convolution: measured on one Zen 3 core, where
# 128 channels of 4 steps took 14 us instead of 29 and 32 channels of 16 steps 6.5 us instead of 5.
PRODUCT_FROM = 16


class UNetNodes:
    """Writes the U-Net's nodes for one denoising step after the other; all values are (batch, channels, time).

    Args:
        graph: where to.
        denoiser: the network.
        predicted: time steps of a chunk.
        film: name of the observations' share of FiLM (batch, film size).
        step_films: the denoising steps' share (steps, film size).
    """

    def __init__(self, graph: GraphBuilder, denoiser: UNet, predicted: int, film: str, step_films: Tensor):
        self._graph, self._denoiser, self._predicted = graph, denoiser, predicted
        self._names = {module: name for name, module in denoiser.named_modules()}
        self._films = self._all_films(film, step_films)

    def features(self, i: int, x: str) -> str:
        """The i-th denoising step up to the output's last convolution, which is left to the caller."""
        where, network, time = f"step_{i}", self._denoiser, self._predicted
        h, skips = x, []
        for level, block in enumerate(network.down):
            h = self._block(where, h, time, block, i)
            if level < len(network.shrink):
                skips.append(h)
                (h,) = self._convolve(where, h, time, [network.shrink[level]])
                time //= 2
        h = self._block(where, h, time, network.middle, i)
        for grow, block in zip(network.grow, network.up, strict=True):
            (h,) = self._convolve(where, h, time, [grow])
            time *= 2
            both = self._graph.node("Concat", [h, skips.pop()], f"{where}/{self._name(block)}/concat", axis=1)
            h = self._block(where, both, time, block, i)
        first: ConvBlock = network.out[0]
        (h,) = self._convolve(where, h, time, [first.conv])
        return self._normalise(where, h, time, first.norm)

    def _all_films(self, film: str, step_films: Tensor) -> dict[tuple[nn.Module, int], tuple[str, str]]:
        """1 + scale and shift of every block and denoising step, each (batch, channels, time)."""
        graph, network = self._graph, self._denoiser
        blocks = [*network.down, network.middle, *network.up]
        halved = [*range(len(network.down)), len(network.shrink), *reversed(range(len(network.up)))]
        times = [self._predicted >> k for k in halved]
        scales = torch.cat([torch.arange(size) < size // 2 for size in network.film_sizes])
        rows = graph.node("Unsqueeze", [film, self._whole("film_axis", [1])], "film/row")
        added = graph.constant("step_films", step_films + scales)  # the 1 of 1 + scale
        total = graph.node("Add", [rows, added], "film/total")  # (batch, steps, film size)
        sizes = self._whole("film_sizes", network.film_sizes)
        shares = graph.nodes("Split", [total, sizes], [f"film/{self._name(b)}" for b in blocks], axis=2)
        films = {}
        for block, share, time in zip(blocks, shares, times, strict=True):
            column = graph.node("Reshape", [share, self._whole("as_column", [0, -1, 1])], f"{share}/column")
            ones = graph.constant(f"ones_1_{time}", torch.ones(1, time))
            along = graph.node("MatMul", [column, ones], f"{share}/along_time")
            names = [f"{share}/{i}/{part}" for i in range(len(step_films)) for part in ("scale", "shift")]
            parts = graph.nodes("Split", [along], names, axis=1, num_outputs=len(names))
            films.update({(block, i): (parts[2 * i], parts[2 * i + 1]) for i in range(len(step_films))})
        return films

    def _block(self, where: str, x: str, time: int, block: ResidualBlock, i: int) -> str:
        graph, name = self._graph, f"{where}/{self._name(block)}"
        convolutions = [block.first.conv, *([block.skip] if isinstance(block.skip, nn.Conv1d) else [])]
        h, *skip = self._convolve(where, x, time, convolutions)
        h = self._normalise(where, h, time, block.first.norm)
        scale, shift = self._films[block, i]
        h = graph.node("Add", [graph.node("Mul", [h, scale], f"{name}/scaled"), shift], f"{name}/shifted")
        (h,) = self._convolve(where, h, time, [block.second.conv])
        h = self._normalise(where, h, time, block.second.norm)
        return graph.node("Add", [h, *(skip or [x])], f"{name}/sum")

    def _normalise(self, where: str, x: str, time: int, norm: GroupNorm) -> str:
        """Group normalisation and SiLU."""
        graph, name, (channels, groups) = self._graph, self._name(norm), (len(norm.weight), norm.groups)
        by_group = self._whole(f"by_group_{channels}_{time}", [0, groups, channels // groups * time])
        by_channel = self._whole(f"by_channel_{channels}_{time}", [0, channels, time])
        h = graph.node("Reshape", [x, by_group], f"{where}/{name}/groups")
        plain = [
            graph.constant(f"{k}_{groups}", v) for k, v in (("one", torch.ones(groups)), ("zero", torch.zeros(groups)))
        ]
        h = graph.node("InstanceNormalization", [h, *plain], f"{where}/{name}/normal", epsilon=EPSILON)
        h = graph.node("Reshape", [h, by_channel], f"{where}/{name}/channels")
        affine = [graph.constant(f"denoiser/{name}.{k}", v.flatten()) for k, v in norm.named_parameters()]
        mean = graph.constant(f"mean_{channels}", torch.zeros(channels))
        variance = graph.constant(f"variance_{channels}", torch.full((channels,), 1 - EPSILON))
        h = graph.node("BatchNormalization", [h, *affine, mean, variance], f"{where}/{name}", epsilon=EPSILON)
        return graph.node("Mul", [h, graph.node("Sigmoid", [h], f"{where}/{name}/sigmoid")], f"{where}/{name}/silu")

    def _convolve(self, where: str, x: str, time: int, convolutions: Sequence[Convolution]) -> list[str]:
        """Convolutions of one input; those that are multiplied share the product."""
        if _multiplies(convolutions[0], time):
            return self._multiply(where, x, time, convolutions)
        outputs = []
        for conv in convolutions:
            name, pad = self._name(conv), int(conv.padding[0])
            weights = [self._graph.constant(f"denoiser/{name}.{k}", v) for k, v in conv.named_parameters()]
            outputs.append(
                self._graph.node("Conv", [x, *weights], f"{where}/{name}", strides=conv.stride, pads=[pad, pad])
            )
        return outputs

    def _multiply(self, where: str, x: str, time: int, convolutions: Sequence[Convolution]) -> list[str]:
        """Every time step times every tap's weights; then a 0/1 matrix adds up what lands on each time step.

        Both products take their left side transposed, which onnxruntime fuses into them.
        """
        graph, name = self._graph, self._name(convolutions[0])
        channels = convolutions[0].out_channels
        weights = torch.cat([_taps(conv) for conv in convolutions], dim=1)  # (in, taps, out)
        taps = weights.shape[1]
        landing = torch.cat([_landing(conv, time) for conv in convolutions], dim=1)  # (time, taps, time after)
        if len(convolutions) > 1:  # each has time steps of its own
            owner = torch.cat([torch.full((c.kernel_size[0],), k) for k, c in enumerate(convolutions)])
            landing = torch.cat([landing * (owner == k)[:, None] for k in range(len(convolutions))], dim=2)
        bias = torch.cat([c.bias[:, None].expand(-1, landing.shape[2] // len(convolutions)) for c in convolutions], 1)

        rows = graph.node("Transpose", [x], f"{where}/{name}/rows", perm=[0, 2, 1])
        constant = graph.constant(f"denoiser/{name}.taps", weights.flatten(1))
        h = graph.node("MatMul", [rows, constant], f"{where}/{name}/taps")
        h = graph.node(
            "Reshape",
            [h, self._whole(f"by_tap_{time}_{taps}_{channels}", [0, time * taps, channels])],
            f"{where}/{name}/by_tap",
        )
        h = graph.node("Transpose", [h], f"{where}/{name}/columns", perm=[0, 2, 1])
        constant = graph.constant(f"denoiser/{name}.landing", landing.flatten(0, 1))
        h = graph.node("MatMul", [h, constant], f"{where}/{name}/landed")
        h = graph.node("Add", [h, graph.constant(f"denoiser/{name}.bias_along_time", bias)], f"{where}/{name}")
        if len(convolutions) == 1:
            return [h]
        names = [f"{where}/{self._name(c)}/part" for c in convolutions]
        return graph.nodes("Split", [h], names, axis=2, num_outputs=len(names))

    def _whole(self, name: str, values: Sequence[int]) -> str:
        return self._graph.constant(name, torch.tensor(values))

    def _name(self, module: nn.Module) -> str:
        return self._names[module]


def _multiplies(conv: Convolution, time: int) -> bool:
    # With a stride, most of what the product gives would land nowhere.
    return isinstance(conv, nn.ConvTranspose1d) or (conv.in_channels >= PRODUCT_FROM * time and conv.stride == (1,))


def _taps(conv: Convolution) -> Tensor:
    """The weights as (in, taps, out)."""
    return conv.weight.permute(0, 2, 1) if isinstance(conv, nn.ConvTranspose1d) else conv.weight.permute(1, 2, 0)


def _landing(conv: Convolution, time: int) -> Tensor:
    """1 where what a time step gives to a tap belongs: (time, taps, time after)."""
    (taps,), (stride,), (pad,) = conv.kernel_size, conv.stride, conv.padding
    transposed = isinstance(conv, nn.ConvTranspose1d)
    after = (time - 1) * stride + taps - 2 * pad if transposed else (time + 2 * pad - taps) // stride + 1
    before, tap, then = torch.meshgrid(*(torch.arange(n) for n in (time, taps, after)), indexing="ij")
    lands = then == before * stride - pad + tap if transposed else before == then * stride - pad + tap
    return lands.float()
