"""Who may import whom, layers and the rooms in them (midp_ros/__init__.py), in the sources and in clean processes."""

import ast
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

import midp_ros

ROOT = Path(midp_ros.__file__).parent
FOLDERS = sorted(p.name for p in ROOT.iterdir() if (p / "__init__.py").is_file())
ALLOWED = {
    "core": set(),
    "kinematics": {"core"},
    "expert": {"core", "kinematics", "planning"},
    "learning": {"core"},
    "adversarial": {"core", "learning", "simulation"},
    "inference": {"core"},
    "control": {"core", "kinematics"},
    "planning": {"core", "kinematics", "control"},
    "drawing": {"core"},
    "simulation": {"core", "kinematics", "drawing", "planning"},
    "fci": {"core", "kinematics", "control", "simulation"},
    "teleop": {"core", "kinematics"},
    "recording": {"core", "kinematics", "control"},
    "data": {"core", "recording"},
    "blackbox": {"core", "kinematics", "control", "simulation", "recording"},
    "certify": {"core"},
    "accounting": {"core"},
    "doctor": {"core", "kinematics", "launching"},
    "pusht": {"core"},
    "experiment": {"core", "learning"},
    "object_flow": {"core", "learning", "recording"},
    "reproduce": {
        *("core", "kinematics", "expert", "learning", "inference", "control", "simulation", "recording", "data"),
        *("experiment", "drawing", "object_flow", "adversarial"),
    },
    "viewer": {"core", "kinematics"},
    "nodes": {
        *("core", "kinematics", "expert", "inference", "control", "simulation", "recording", "doctor", "launching"),
        *("teleop", "viewer", "accounting", "drawing", "planning", "fci", "blackbox", "certify"),
    },
    "launching": set(),
    "cli": {
        *("core", "kinematics", "expert", "learning", "inference", "control", "simulation", "recording", "doctor"),
        *("data", "launching", "pusht", "experiment", "teleop", "accounting", "drawing", "fci", "planning"),
        *("blackbox", "certify", "reproduce", "adversarial"),
    },
}
TOP = ""  # the files at a layer's top that the law does not name
# The same within a layer: a room, which is a folder or a file at the layer's top, and the rooms that it may import. TOP
# imports all of them.
ROOMS = {
    "core": {
        **{"errors": set(), "files": {"errors"}, "package_files": {"errors", "files"}},
        **{"seams": {"errors", "files", "package_files"}, "plain_data": {"errors"}},
        "contract": {"errors", "files", "plain_data", "seams"},
    },
    "control": {
        **dict.fromkeys(("timing", "shaping", "chunks", "supervision"), set()),
        "loop": {"timing", "shaping", "chunks", "supervision"},
        "streaming": {"timing", "shaping", "chunks", "supervision"},
        "observations": {"timing", "shaping", "chunks", "supervision"},
    },
    "fci": {**dict.fromkeys(("wire", "client"), set()), "server": {"wire"}},
    "teleop": {"devices": {TOP}},
    "planning": {"moveit": {TOP}},
    "recording": {"bag": set(), "formats": {TOP, "bag"}},
    "learning": {
        **{"mutual_information": set(), "schedules": set(), "encoders": set(), "config": {"encoders"}},
        **{"neighbours": set(), "frames": set()},
        **{"augmentation": {TOP, "config", "frames"}, "monitoring": {TOP, "config"}},
        "learners": {TOP, "config", "augmentation", "schedules"},
        **{"networks": {TOP, "config"}, "export": {TOP, "config", "networks"}},
    },
    "reproduce": dict.fromkeys(
        ("diffusion_imitation", "flow_interface", "franka_imitation", "mutual_information", "why_diffusion"), {TOP}
    ),
    "nodes": {
        "ros": set(),
        **dict.fromkeys(("observations", "commands", "doctor"), {"ros"}),
        "planning": set(),
        "operator": {"ros"},
        "black_box": {"ros"},
        "paths": {"ros"},
        "trials": {"ros"},
        "viewer": {"ros", "observations", "paths"},
        **dict.fromkeys(("safety", "episodes"), {"ros", "observations", "commands", "doctor"}),
        "stand_in": {"ros", "observations", "commands", "doctor", "paths", "black_box"},
        "control_box": {"ros", "paths", "stand_in"},
        **dict.fromkeys(
            ("policy", "deployment"),
            {"ros", "observations", "commands", "doctor", "safety", "episodes", "stand_in", "black_box"},
        ),
        "teleop": {"ros", "observations", "commands", "doctor", "safety", "episodes", "stand_in", "policy"},
    },
    "simulation": {
        **dict.fromkeys(("engine", "safety", "controllers", "reach"), set()),
        **dict.fromkeys(("tasks", "hand", "obstacle_bodies"), {"engine"}),
        "mesh_scene": {"engine", "obstacle_bodies"},
        "arm": {"engine", "safety", "controllers"},
        "simulation": {"engine", "safety", "controllers", "reach", "tasks", "hand", "arm"},
        "camera": {"engine", "simulation"},
    },
    "cli": {
        **dict.fromkeys(("terminal", "pictures", "training", "drawing"), set()),
        "workers": {"terminal"},
        "planning": {"terminal"},
        "reports": {"terminal"},
        "evaluation": {"terminal", "pictures", "reports", "workers"},
        "experiments": {"terminal", "training", "evaluation", "workers"},
        "recording": {"terminal", "evaluation", "teleoperation", "workers"},
        "teleoperation": {"terminal", "evaluation"},
        "benchmarks": {"terminal", "teleoperation", "evaluation", "recording", "workers"},
        "datasets": {"terminal", "reports", "evaluation"},
        "incidents": {"terminal", "reports", "evaluation"},
    },
}
MOST_FILES = 21  # in one folder; beyond, nobody finds anything
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
    "torch": {"learning", "adversarial", "object_flow", "reproduce", "cli"},
    "stable_baselines3": {"adversarial"},
    "onnxruntime": {"inference", "learning", "cli"},
    "pybullet": {"simulation"},
    "pinocchio": {"kinematics", "planning"},
    "ompl": {"planning"},
    "moveit": {"nodes"},
    "eigenpy": {"kinematics"},
    "zarr": {"pusht", "recording"},
    **dict.fromkeys(("h5py", "pyarrow", "av"), {"recording"}),
    "gymnasium": {"pusht", "simulation", "adversarial"},
    "gym_pusht": {"pusht"},
    "viser": {"viewer"},
    "svgelements": {"drawing"},
    **dict.fromkeys(("pylibfranka", "franky"), {"fci"}),
}
WITH_TORCH_OR_ROS = {"learning", "adversarial", "object_flow", "reproduce", "nodes", "launching", "cli"}
FREE_OF_ROS_AND_TORCH = sorted(set(ALLOWED) - WITH_TORCH_OR_ROS)


@cache
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


MODULES = {
    ".".join(("midp_ros", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): p
    for p in sorted(ROOT.rglob("*.py"))
}


def imported_modules(path: Path) -> set[str]:
    """Our modules that a file imports; of `from package import module` the module alone."""
    found = {name for name in imports(path) if name in MODULES}
    return {name for name in found if not any(other.startswith(f"{name}.") for other in found)}


def room(module: str) -> tuple[str, str]:
    """Layer and room of a module."""
    _, layer, *rest = [*module.split("."), ""]
    rooms = ROOMS.get(layer, {})
    return layer, rest[0] if rest and rest[0] in rooms else TOP


def test_every_folder_has_its_place():
    assert set(FOLDERS) == set(ALLOWED)


@pytest.mark.parametrize("layer", FOLDERS)
def test_every_room_is_in_the_law(layer):
    folders = {p.name for p in (ROOT / layer).iterdir() if (p / "__init__.py").is_file()}
    assert folders <= set(ROOMS.get(layer, {})), "say in ROOMS which rooms the new one may import"
    named = {name for name in ROOMS.get(layer, {}) if f"midp_ros.{layer}.{name}" not in MODULES}
    assert not named, "the law names rooms that are not there"


@pytest.mark.parametrize("layer", sorted(ROOMS))
def test_a_room_imports_only_the_rooms_below(layer):
    wrong = {}
    for module, path in MODULES.items():
        if room(module)[0] != layer or not (own := room(module)[1]):
            continue
        others = {other for other in imported_modules(path) if room(other)[0] == layer}
        bad = {other for other in others if room(other)[1] not in ROOMS[layer][own] | {own}}
        if bad:
            wrong[module] = bad
    assert not wrong


def test_no_room_imports_a_room_that_imports_it():
    for rooms in ROOMS.values():
        left = dict(rooms)
        while left:
            lowest = {name for name, below in left.items() if not below & set(left)}
            assert lowest, f"a cycle among {sorted(left)}"
            left = {name: below for name, below in left.items() if name not in lowest}


def test_no_module_imports_one_that_imports_it():
    left = {module: imported_modules(path) - {module} for module, path in MODULES.items()}
    while lowest := {module for module, below in left.items() if not below & set(left)}:
        left = {module: below for module, below in left.items() if module not in lowest}
    cycles = {module: below & set(left) for module, below in left.items()}
    assert not cycles


@pytest.mark.parametrize("top", [ROOT, Path(__file__).parent], ids=["midp_ros", "test"])
def test_no_folder_is_a_heap(top):
    folders = {path.parent for path in top.rglob("*.py")}
    heaps = {str(f): len(list(f.glob("*.py"))) for f in folders if len(list(f.glob("*.py"))) > MOST_FILES}
    assert not heaps


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
@pytest.mark.processes
def test_a_clean_process_loads_neither_ros_nor_torch(folder):
    modules = [
        ".".join(("midp_ros", *p.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        for p in sorted((ROOT / folder).rglob("*.py"))
    ]
    code = f"import sys, {', '.join(modules)}; print([m for m in ('rclpy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.processes
def test_the_command_line_answers_without_torch_ros_or_pybullet():
    code = (
        "import sys; from midp_ros.cli.app import app, _register; _register(); "
        "print([m for m in ('rclpy', 'torch', 'pybullet', 'onnxruntime', 'zarr', 'gymnasium') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_each_test_file_has_a_name_of_its_own() -> None:
    """pytest imports them by their names: of two of one name it runs the first."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert not [name for name, count in names.items() if count > 1]
