"""The contract between robot, recording and policy: one YAML file a skill.

contract        Contract: all of it, loaded, compared, moved into a namespace
entries         Horizon, Entry, ImageEntry: what it is made of; entry_slices: where its values are in a vector
scene_symmetry  SceneSymmetry: how a whole scene may be moved
"""

from midp_ros.core.contract.contract import Contract
from midp_ros.core.contract.entries import CAMERA_RATE_HZ, IMAGE_ENCODINGS, Entry, Horizon, ImageEntry, entry_slices
from midp_ros.core.contract.scene_symmetry import SceneSymmetry

__all__ = [
    "CAMERA_RATE_HZ",
    "IMAGE_ENCODINGS",
    "Contract",
    "Entry",
    "Horizon",
    "ImageEntry",
    "SceneSymmetry",
    "entry_slices",
]
