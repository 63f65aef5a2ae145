"""The study; imports its files."""

from midp_ros.reproduce.franka_imitation.findings import CLAIM, page
from midp_ros.reproduce.franka_imitation.parts import parts
from midp_ros.reproduce.study import Study

STUDY = Study(
    "franka_imitation",
    "A learned inverse kinematics, and drawings followed by a Franka arm",
    "a text on imitation learning with a diffusion process on a Franka arm",
    CLAIM,
    parts,
    page,
)
