"""Packaging for pip and for colcon (ament_python) alike; package.xml holds the version and the description."""

import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from setuptools import find_packages, setup

NAME = "midp_ros"
HERE = Path(__file__).resolve().parent
MANIFEST = ElementTree.parse(HERE / "package.xml").getroot()
TEST = ["pytest>=7", "pytest-timeout>=2.1", "pytest-xdist>=3"]
NODES = (
    *("simulation_node", "policy_node", "expert_node", "recorder_node", "evaluation_node", "doctor_node"),
    *("deployment_node", "operator_node", "teleop_node", "viewer_node", "replay_node", "control_box_node"),
)


# Their messages are compiled against numpy 1. pin's wheels run on that, but their metadata ask for numpy 2 (through
# cmeel-boost), so pip can never install both; there requirements/pinocchio.txt brings pinocchio, or the distribution.
NUMPY_1_DISTRIBUTIONS = ("humble", "iron", "jazzy", "kilted")


def numpy_1_is_sourced() -> bool:
    """Whether the package is built or installed beside a ROS 2 of these."""
    return bool(os.environ.get("AMENT_PREFIX_PATH")) and os.environ.get("ROS_DISTRO") in NUMPY_1_DISTRIBUTIONS


def numpy_and_pinocchio() -> list[str]:
    """Requirements that depend on which ROS 2 is sourced."""
    return ["numpy>=1.26,<2"] if numpy_1_is_sourced() else ["numpy>=1.26,<3", "pin>=3,<5", "eigenpy>=3,<4"]


def pyarrow() -> str:
    """26 refuses numpy 1 when it is imported; its metadata do not say so."""
    return "pyarrow>=14,<26" if numpy_1_is_sourced() else "pyarrow>=14"


def share(folder: str) -> list[tuple[str, list[str]]]:
    """data_files of a folder, its subfolders included; paths are relative, as setuptools asks for."""
    found = []
    for parent, folders, names in os.walk(HERE / folder):
        folders[:] = sorted(f for f in folders if f != "__pycache__")
        relative = Path(parent).relative_to(HERE)
        if names := sorted(n for n in names if not n.startswith(".")):
            found.append((f"share/{NAME}/{relative}", [str(relative / n) for n in names]))
    return found


setup(
    name=NAME,
    version=MANIFEST.findtext("version"),
    description=MANIFEST.findtext("description"),
    long_description=(HERE / "README.md").read_text() if (HERE / "README.md").is_file() else "",
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    maintainer=MANIFEST.findtext("maintainer"),
    maintainer_email=MANIFEST.findall("maintainer")[0].get("email"),
    packages=find_packages(include=[NAME, f"{NAME}.*"]),
    package_data={NAME: ["py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", [f"resource/{NAME}"]),
        (f"share/{NAME}", ["package.xml"]),
        *(entry for folder in ("launch", "config", "urdf", "models") for entry in share(folder)),
    ],
    zip_safe=False,
    python_requires=">=3.10",
    install_requires=[
        "setuptools",
        *numpy_and_pinocchio(),
        "pyyaml>=6,<7",
        "onnxruntime>=1.17",
        "scipy>=1.11,<2",
        "ruckig>=0.9,<1",
        "ompl>=2,<3",
        "rich>=13",
        "typer>=0.12",
        "pillow>=10",
        "mcap>=1.1,<2",
        "zstandard>=0.19,<1",
        "rosbags>=0.10,<1",
    ],
    extras_require={
        "sim": ["pybullet>=3.2.6,<4", "svgelements>=1.9,<2"],
        # Franka's own clients, for the tests and for `midp certify`; the server needs neither.
        "fci": ["pylibfranka>=0.21,<0.22", "franky-control>=2,<3"],
        "teleop": ["evdev>=1.7,<3", "pyspacemouse>=2.1,<3"],
        "train": ["torch==2.13.0", "onnx>=1.16", "onnxscript>=0.3", "matplotlib>=3.8"],
        # Learners that act in an environment: docs/learners.md.
        "rl": ["stable-baselines3>=2.4,<3", "gymnasium>=1,<2"],
        "pusht": ["gym-pusht>=0.1.6,<1", "gymnasium>=1,<2", "zarr>=2.18,<4"],
        "viewer": ["viser>=1.1,<2"],
        "data": ["zarr>=2.18,<4", "h5py>=3.8", pyarrow(), "av>=11"],
        "tensorboard": ["tensorboard>=2.16,<3"],
        # `--ray` and `--slurm` of `midp record`, `evaluate` and `experiment`.
        "cluster": ["ray>=2.40,<3", "submitit>=1.5,<2"],
        # Not for Python 3.10, nor beside a ROS 2 whose messages need numpy 1.
        "rerun": ["rerun-sdk>=0.41,<1"],
        "docs": ["mkdocs>=1.6,<2", "mkdocs-material>=9.5,<10", "mkdocstrings[python]>=0.30,<2"],
        # `colcon test` takes pytest where it stands in an extra of this name, else unittest.
        "test": TEST,
        "dev": [
            *TEST,
            "ruff>=0.9",
            "mypy>=1.13",
            "types-PyYAML",
            "diffusers>=0.30",
            "scikit-learn>=1.5,<2",
        ],
    },
    entry_points={
        "console_scripts": [
            "midp = midp_ros.cli.main:main",
            *(f"{node} = {NAME}.nodes.{node}:main" for node in NODES),
        ],
    },
)
