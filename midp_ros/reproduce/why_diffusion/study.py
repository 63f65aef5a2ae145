"""The study; imports its files."""

from midp_ros.reproduce.study import Study
from midp_ros.reproduce.why_diffusion.findings import CLAIM, page
from midp_ros.reproduce.why_diffusion.parts import parts

STUDY = Study(
    "why_diffusion",
    "Why diffusion: two ways past a post",
    "Florence et al. 2021 (implicit behavioral cloning), Song et al. 2021 (score-based generative modeling through "
    "SDEs), Chi et al. 2023 (diffusion policy)",
    CLAIM,
    parts,
    page,
)
