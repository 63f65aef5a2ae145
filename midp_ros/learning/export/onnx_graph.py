"""The sampler as an ONNX graph, with a free batch size.

Imports torch and onnx. For the U-Net, torch exports what happens once (condition, prefix, decoder), and its nodes are
written here and in `onnx_unet` for every denoising step, around weights that are stored once. With any other network,
or a sampler that draws anew, torch exports the whole sampler, its steps unrolled. Either way the chunk after the i-th
step is called `drawn_i`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from onnx import ModelProto
from torch import Tensor, nn

from midp_ros.learning.export.onnx_builder import GraphBuilder, part, trace_model
from midp_ros.learning.export.onnx_unet import UNetNodes
from midp_ros.learning.learned_policy import Answer, Asked
from midp_ros.learning.networks.unet import UNet
from midp_ros.learning.sampler import Sampler


def sampler_graph(sampler: Answer) -> ModelProto:
    """One graph: `observation`, `noise`, `prefix`, `weight`, `fresh`, images -> `action`, with a free batch size."""
    contract = sampler.policy.contract
    # Two samples: the exporter would take a batch of one for a constant.
    observation = torch.zeros(2, contract.horizon.observed, contract.observation_size)
    chunk = torch.zeros(2, contract.horizon.predicted, contract.action_size)
    # Each a tensor of its own: the exporter would take two names of one tensor for one input.
    inputs = {"observation": observation, "noise": chunk, "prefix": chunk.clone(), "weight": chunk[..., 0].clone()}
    if sampler.fresh_draws:
        inputs["fresh"] = torch.zeros(2, sampler.fresh_draws, *chunk.shape[1:])
    for image in contract.images:
        pictures = torch.zeros(2, contract.horizon.observed, *image.shape, dtype=torch.uint8)
        inputs[image.model_input] = pictures
    if isinstance(sampler, Sampler) and isinstance(sampler.policy.denoiser, UNet) and not sampler.fresh_draws:
        return _unet_graph(sampler, inputs)
    drawn = [f"drawn_{i}" for i in range(len(sampler.steps))]
    model = trace_model(Steps(sampler), inputs, ["action", *drawn])
    del model.graph.output[1:]  # they stay in the graph by their names
    return model


class Steps(nn.Module):
    """The sampler's actions, and the normalised chunk after each step.

    The rest: `fresh`, where the sampler draws anew, then the images in the contract's order.
    """

    def __init__(self, sampler: Answer):
        super().__init__()
        self.sampler = sampler

    def forward(
        self, observation: Tensor, noise: Tensor, prefix: Tensor, weight: Tensor, *rest: Tensor
    ) -> tuple[Tensor, ...]:
        fresh, images = (rest[0], rest[1:]) if self.sampler.fresh_draws else (None, rest)
        drawn = self.sampler.chunks(Asked(observation, noise, prefix, weight, _by_name(self.sampler, images), fresh))
        return self.sampler.policy.decode_action(observation, drawn[-1]), *drawn


class _Parts(nn.Module):
    """What happens once for a chunk.

    Returns the observations' share of the U-Net's FiLM, the normalised prefix, and the actions of the chunk `x`.
    """

    def __init__(self, sampler: Sampler):
        super().__init__()
        self.sampler = sampler

    def forward(self, observation: Tensor, action: Tensor, x: Tensor, *images: Tensor) -> tuple[Tensor, ...]:
        policy = self.sampler.policy
        features = self.sampler.condition(observation, _by_name(self.sampler, images))
        film: Tensor = policy.denoiser.features_film(features)
        return film, policy.encode_action(observation, action), policy.decode_action(observation, x)


def _by_name(sampler: Answer, images: Sequence[Tensor]) -> dict[str, Tensor]:
    names = [image.name for image in sampler.policy.contract.images]
    return dict(zip(names, images, strict=True))


def _unet_graph(sampler: Sampler, inputs: dict[str, Tensor]) -> ModelProto:
    policy, predicted = sampler.policy, sampler.policy.contract.horizon.predicted
    observation, chunk = inputs["observation"], inputs["noise"]
    observed = {name: value for name, value in inputs.items() if name not in ("noise", "prefix", "weight")}
    images = {name: value for name, value in observed.items() if name != "observation"}
    # In one go: torch's exporter takes seconds to begin.
    traced = {"observation": observation, "action": chunk, "x": chunk.clone(), **images}
    parts = trace_model(_Parts(sampler), traced, ["film", "known", "action"]).graph
    with torch.no_grad():
        step_films = policy.denoiser.step_film(torch.tensor(sampler.steps))

    graph = GraphBuilder()
    graph.append(part(parts, "film"), "torch", {name: name for name in observed}, {"film": "film"}, "condition")
    known = {"observation": "observation", "action": "prefix"}
    graph.append(part(parts, "known"), "torch", known, {"known": "known"}, "known")
    denoiser = UNetNodes(graph, policy.denoiser, predicted, "film", step_films)
    pulls = _pulls(graph, sampler)
    x = "noise_by_channel"
    if (share := policy.schedule.begins_with) != 1:
        x = graph.node("Mul", [x, graph.constant("begins_with", torch.tensor(share))], "beginning")
    for i in range(len(sampler.steps)):
        x = _advance(graph, sampler, i, x, denoiser.features(i, x))
        x = graph.node("Add", [graph.node("Mul", [x, "free"], f"free_{i}"), pulls[i]], f"held_{i}")  # `Sampler.hold`
        # The chunk after each step, for pictures; only the last one is needed.
        drawn = graph.node("Transpose", [x], f"drawn_{i}", perm=[0, 2, 1])
    decoded = {"observation": "observation", "x": drawn}
    graph.append(part(parts, "action"), "torch", decoded, {"action": "action"}, "decoder")
    return graph.model(inputs, {"action": chunk})


def _advance(graph: GraphBuilder, sampler: Sampler, i: int, x: str, features: str) -> str:
    """The network's last convolution and `NoiseSchedule.advance` in one; returns the new x's name.

    The network's output is linear in the features, and signal_after x_0 and noise_after eps are linear in x and the
    output: one convolution of features and x gives both.
    """
    schedule, last = sampler.policy.schedule, sampler.policy.denoiser.out[1]
    levels_after = schedule.levels(sampler.after(i))
    weights, biases = [], []
    for level, (of_x, of_output) in zip(
        levels_after, schedule.coefficients(*schedule.levels(sampler.steps[i])), strict=True
    ):
        identity = torch.eye(last.out_channels)[..., None]
        weights.append(level * torch.cat([of_output * last.weight, of_x * identity], dim=1))
        biases.append(level * of_output * last.bias)
    signal_after, noise_after = levels_after
    both = graph.node("Concat", [features, x], f"advance_{i}/concat", axis=1)

    def convolve(weight: Tensor, bias: Tensor) -> str:
        names = graph.constant(f"advance_{i}/weight", weight), graph.constant(f"advance_{i}/bias", bias)
        return graph.node("Conv", [both, *names], f"advance_{i}")

    if not sampler.clip:
        return convolve(weights[0] + weights[1], biases[0] + biases[1])
    limits = [
        graph.constant(f"advance_{i}/{k}", torch.tensor(v)) for k, v in (("low", -signal_after), ("high", signal_after))
    ]
    if noise_after == 0:  # the last step
        return graph.node("Clip", [convolve(weights[0], biases[0]), *limits], f"clean_{i}")
    total = convolve(torch.cat(weights), torch.cat(biases))
    clean, noise = graph.nodes("Split", [total], [f"clean_{i}", f"noise_{i}"], axis=1, num_outputs=2)
    return graph.node("Add", [graph.node("Clip", [clean, *limits], f"clipped_{i}"), noise], f"x_{i}")


def _pulls(graph: GraphBuilder, sampler: Sampler) -> list[str]:
    """What `Sampler.hold` adds after each step, share (signal_t known + noise_t noise); values are (batch, size, time).

    Leaves `noise_by_channel` and `free`, 1 - share, behind.
    """
    one, root = (graph.constant(n, torch.tensor(v)) for n, v in (("one", 1.0), ("root", 1 / len(sampler.steps))))
    graph.node("Unsqueeze", ["weight", graph.constant("channel_axis", torch.tensor([1]))], "weights")
    graph.node("Pow", [graph.node("Sub", [one, "weights"], "unweighted"), root], "free")
    graph.node("Sub", [one, "free"], "share")
    levels = torch.tensor([sampler.policy.schedule.levels(sampler.after(i)) for i in range(len(sampler.steps))])
    terms = []
    for name, source, level in (("known", "known", levels[:, 0]), ("noise", "noise", levels[:, 1])):
        graph.node("Transpose", [source], f"{name}_by_channel", perm=[0, 2, 1])
        held = graph.node("Mul", ["share", f"{name}_by_channel"], f"held_{name}")
        row = graph.node("Unsqueeze", [held, "channel_axis"], f"held_{name}_row")
        factors = graph.constant(f"levels_{name}", level[:, None, None])
        terms.append(graph.node("Mul", [row, factors], f"held_{name}_at_steps"))
    total = graph.node("Add", terms, "pulls_at_steps")  # (batch, steps, size, time)
    contract = sampler.policy.contract
    shape = graph.constant("pulls_shape", torch.tensor([0, -1, contract.horizon.predicted]))
    rows = graph.node("Reshape", [total, shape], "pulls")
    names = [f"pull_{i}" for i in range(len(sampler.steps))]
    return graph.nodes("Split", [rows], names, axis=1, num_outputs=len(names))
