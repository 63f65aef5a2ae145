"""The study; imports its files."""

from midp_ros.reproduce.diffusion_imitation.findings import page
from midp_ros.reproduce.diffusion_imitation.parts import parts
from midp_ros.reproduce.diffusion_imitation.texts import CLAIM
from midp_ros.reproduce.study import Study

STUDY = Study(
    "diffusion_imitation",
    "Diffusion-based imitation: five claims",
    'a text on diffusion-based imitation learning; Lai et al. 2024, "Diffusion-Reward Adversarial Imitation Learning"',
    CLAIM,
    parts,
    page,
)
