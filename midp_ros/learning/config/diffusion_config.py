"""The diffusion process' configuration; imports core only."""

from __future__ import annotations

from dataclasses import dataclass

from midp_ros.core.errors import UnknownNameError
from midp_ros.core.plain_data import require

METHODS = ("diffusion", "vp", "ve", "flow", "regression", "two_step")
WEIGHTINGS = ("noise", "velocity")
SAMPLERS = ("ode", "ancestral", "predictor_corrector")


@dataclass(frozen=True)
class DiffusionConfig:
    """How chunks become noise and noise becomes chunks: the method, its steps in training and in sampling.

    Attributes:
        method: the process: `diffusion` (squared cosine), `vp`, `ve`, `flow`, or
            `regression` and `two_step`, which are none (the latter: Pan et al. 2026).
        sampler: `ode`, without randomness after the first noise (DDIM; the probability flow's ODE; Euler's steps);
            `ancestral` (DDPM); `predictor_corrector`, ancestral steps with a step of Langevin dynamics after each.
        corrector_ratio: signal-to-noise ratio of the corrector's step size.
    """

    method: str = "diffusion"
    steps: int = 100
    sampling_steps: int = 10
    clip_sample: bool = True
    weighting: str = "velocity"
    sampler: str = "ode"
    corrector_ratio: float = 0.16  # Song et al. 2021, appendix G

    def __post_init__(self) -> None:
        require(self.steps >= 2, "diffusion.steps", self.steps, "at least 2")
        ok = 1 <= self.sampling_steps <= self.steps
        require(ok, "diffusion.sampling_steps", self.sampling_steps, f"1 to diffusion.steps={self.steps}")
        if self.method not in METHODS:
            raise UnknownNameError("diffusion.method", self.method, METHODS)
        if self.weighting not in WEIGHTINGS:
            raise UnknownNameError("diffusion.weighting", self.weighting, WEIGHTINGS)
        if self.sampler not in SAMPLERS:
            raise UnknownNameError("diffusion.sampler", self.sampler, SAMPLERS)
        require(self.corrector_ratio > 0, "diffusion.corrector_ratio", self.corrector_ratio, "more than 0")
        if self.method in ("flow", "regression", "two_step"):  # no process to follow back
            require(self.sampler == "ode", "diffusion.sampler", self.sampler, f"ode with {self.method}")
        if self.method == "two_step":
            require(self.weighting == "velocity", "diffusion.weighting", self.weighting, "velocity with two_step")
            for key in ("steps", "sampling_steps"):
                require(getattr(self, key) == 2, f"diffusion.{key}", getattr(self, key), "2 with two_step")
        if self.method == "regression":  # it predicts the chunk, at once
            require(self.weighting == "velocity", "diffusion.weighting", self.weighting, "velocity with regression")
            require(self.sampling_steps == 1, "diffusion.sampling_steps", self.sampling_steps, "1 with regression")
