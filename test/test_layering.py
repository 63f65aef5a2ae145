"""Who may import whom: the law of midp_ros/__init__.py, checked in the sources and in clean processes."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import midp_ros

ROOT = Path(midp_ros.__file__).parent
FOLDERS = sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").is_file())
ALLOWED = {
    "core": set(),
    "kinematics": {"core"},
    "expert": {"core", "kinematics"},
    "learning": {"core"},
    "inference": {"core"},
    "control": {"core", "kinematics"},
    "simulation": {"core", "kinematics"},
    "recording": {"core"},
    "doctor": {"core", "kinematics"},
    "pusht": {"core"},
    "experiment": {"core", "learning"},
    "nodes": {"core", "kinematics", "expert", "inference", "control", "simulation", "recording", "doctor", "launching"},
    "launching": set(),
    "cli": {
        *("core", "kinematics", "expert", "learning", "inference", "control", "simulation", "recording", "doctor"),
        *("launching", "pusht", "experiment"),
    },
}
# Third-party modules that only one folder, or a few, may touch.
ROS = {"rclpy", "rcl_interfaces", "control_msgs", "franka_msgs", "tf2_msgs", "lifecycle_msgs", "action_msgs"}
ROS |= {
    "rosgraph_msgs",
    "std_msgs",
    "std_srvs",
    "sensor_msgs",
    "geometry_msgs",
    "trajectory_msgs",
    "diagnostic_msgs",
    "nav_msgs",
    "visualization_msgs",
}
OWNERS = {
    **{name: {"nodes"} for name in ROS},
    "torch": {"learning", "cli"},
    "onnxruntime": {"inference", "learning", "cli"},
    "pybullet": {"simulation"},
    "pinocchio": {"kinematics"},
    "eigenpy": {"kinematics"},
    "zarr": {"pusht"},
    "gymnasium": {"pusht"},
    "gym_pusht": {"pusht"},
}
FREE_OF_ROS_AND_TORCH = sorted(set(ALLOWED) - {"learning", "nodes", "launching", "cli"})


def imports(path: Path) -> set[str]:
    """Every module that a file imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; write the module's full name"
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def imports_of_folder(folder: str) -> set[str]:
    return set().union(*(imports(p) for p in (ROOT / folder).rglob("*.py")))


def test_every_folder_has_its_place():
    assert set(FOLDERS) == set(ALLOWED)


@pytest.mark.parametrize("folder", FOLDERS)
def test_imports_only_the_layers_below(folder):
    ours = {name.split(".")[1] for name in imports_of_folder(folder) if name.startswith("midp_ros.")}
    ours &= set(FOLDERS)
    assert ours <= ALLOWED[folder] | {folder}


@pytest.mark.parametrize("module", sorted(OWNERS))
def test_a_heavy_dependency_stays_where_it_belongs(module):
    users = {f for f in FOLDERS if module in {name.split(".")[0] for name in imports_of_folder(f)}}
    assert users <= OWNERS[module]


def test_there_is_no_cycle():
    reached: dict[str, set[str]] = {}
    for folder in ALLOWED:
        todo, seen = set(ALLOWED[folder]), set()
        while todo:
            seen |= (new := {todo.pop()})
            todo |= set().union(*(ALLOWED[f] for f in new)) - seen
        reached[folder] = seen
    assert not [folder for folder in ALLOWED if folder in reached[folder]]


@pytest.mark.parametrize("folder", FREE_OF_ROS_AND_TORCH)
def test_a_clean_process_loads_neither_ros_nor_torch(folder):
    modules = [
        ".".join(("midp_ros", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for p in sorted((ROOT / folder).rglob("*.py"))
    ]
    code = f"import sys, {', '.join(modules)}; print([m for m in ('rclpy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_command_line_answers_without_torch_ros_or_pybullet():
    code = (
        "import sys; from midp_ros.cli.main import app, _register; _register(); "
        "print([m for m in ('rclpy', 'torch', 'pybullet', 'onnxruntime', 'zarr', 'gymnasium') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
