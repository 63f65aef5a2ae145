"""The sampler as an ONNX graph; imports torch and onnx.

torch exports four small graphs (condition, prefix, denoiser, decoder); here they become one, with the denoiser's nodes
repeated for every denoising step and its weights stored once. Exporting the unrolled loop as a whole gives the same
graph, but takes several times as long.
"""

from __future__ import annotations

import torch
from onnx import ModelProto

from midp_ros.learning.onnx_builder import GraphBuilder, trace
from midp_ros.learning.sampler import Sampler


def sampler_graph(sampler: Sampler) -> ModelProto:
    """One graph: `observation`, `noise`, `prefix`, `weight` -> `action`, with a free batch size."""
    contract = sampler.policy.contract
    # Two samples: the exporter would take a batch of one for a constant.
    observation = torch.zeros(2, contract.horizon.observed, contract.observation_size)
    chunk = torch.zeros(2, contract.horizon.predicted, contract.action_size)
    film = sampler.condition(observation)
    policy = sampler.policy
    condition = trace(sampler.condition, {"observation": observation}, "film")
    known = trace(policy.encode_action, {"observation": observation, "action": chunk}, "known")
    denoiser = trace(policy.denoiser, {"x": chunk, "film": film}, "output")
    decoder = trace(policy.decode_action, {"observation": observation, "x": chunk}, "action")

    graph = GraphBuilder()
    graph.append(condition, "condition", {"observation": "observation"}, {"film": "film"})
    graph.append(known, "known", {"observation": "observation", "action": "prefix"}, {"known": "known"})
    _weigh(graph, sampler)
    x = "noise"
    for i in range(len(sampler.steps)):
        graph.node("Add", ["film", graph.constant(f"step_film_{i}", sampler.step_films[i])], f"film_{i}")
        names = {"x": x, "film": f"film_{i}"}
        graph.append(denoiser, "denoiser", names, {"output": f"output_{i}"}, f"step_{i}")
        x = _hold(graph, sampler, i, _advance(graph, sampler, i, x))
    graph.append(decoder, "decoder", {"observation": "observation", "x": x}, {"action": "action"})
    inputs = {"observation": observation, "noise": chunk, "prefix": chunk, "weight": chunk[..., 0]}
    return graph.model(inputs, {"action": chunk})


def _advance(graph: GraphBuilder, sampler: Sampler, i: int, x: str) -> str:
    """`NoiseSchedule.advance` on the denoiser's output_i, node by node; returns the new x's name."""
    schedule = sampler.policy.schedule
    clean_parts, noise_parts = schedule.coefficients(*schedule.levels(sampler.steps[i]))
    clean = graph.mix(f"clean_{i}", (x, clean_parts[0]), (f"output_{i}", clean_parts[1]))
    if sampler.clip:
        low, high = graph.constant("clip_low", torch.tensor(-1.0)), graph.constant("clip_high", torch.tensor(1.0))
        clean = graph.node("Clip", [clean, low, high], f"clipped_{i}")
    if sampler.after(i) < 0:
        return clean
    signal_after, noise_after = schedule.levels(sampler.after(i))
    parts = (x, noise_after * noise_parts[0]), (f"output_{i}", noise_after * noise_parts[1])
    return graph.mix(f"x_{i}", (clean, signal_after), *parts)


def _weigh(graph: GraphBuilder, sampler: Sampler) -> None:
    """`Sampler.share`, and what else every step of `_hold` has in common."""
    one, root = (graph.constant(n, torch.tensor(v)) for n, v in (("one", 1.0), ("root", 1 / len(sampler.steps))))
    graph.node("Unsqueeze", ["weight", graph.constant("last_axis", torch.tensor([2]))], "weights")
    graph.node("Pow", [graph.node("Sub", [one, "weights"], "unweighted"), root], "free")
    graph.node("Sub", [one, "free"], "share")
    graph.node("Mul", ["share", "known"], "held")
    graph.node("Mul", ["share", "noise"], "held_noise")


def _hold(graph: GraphBuilder, sampler: Sampler, i: int, x: str) -> str:
    """`Sampler.hold`, node by node; returns the new x's name."""
    held = "held"
    if sampler.after(i) >= 0:
        signal_t, noise_t = sampler.policy.schedule.levels(sampler.after(i))
        held = graph.mix(f"held_{i}", ("held", signal_t), ("held_noise", noise_t))
    return graph.node("Add", [graph.node("Mul", [x, "free"], f"free_{i}"), held], f"drawn_{i}")
