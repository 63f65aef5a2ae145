"""The package as pip and colcon see it: what is installed is complete and found."""

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import midp_ros

ROOT = Path(__file__).parents[1]
FOLDERS = ("launch", "config", "urdf", "models")
# Everything that git tracks and that a node may ask for.
SHARED = {
    str(p.relative_to(ROOT))
    for folder in FOLDERS
    for p in (ROOT / folder).rglob("*")
    if p.is_file() and not p.name.startswith(".") and "__pycache__" not in p.parts
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel of the package, built from a copy so that the checkout stays as it is."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    names = ("midp_ros", "resource", "package.xml", "setup.py", "setup.cfg", "pyproject.toml", *FOLDERS)
    subprocess.run(["cp", "-r", *(n for n in names if (ROOT / n).exists()), str(source)], cwd=ROOT, check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", str(target), "."]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (path,) = target.glob("*.whl")
    return path


@pytest.mark.processes
def test_the_wheel_holds_all_shared_files_and_modules(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    shared = {n.partition("/data/share/midp_ros/")[2] for n in names if "/data/share/midp_ros/" in n}
    assert shared == SHARED | {"package.xml"}
    assert any(n.endswith("/data/share/ament_index/resource_index/packages/midp_ros") for n in names)
    modules = {str(p.relative_to(ROOT)) for p in (ROOT / "midp_ros").rglob("*.py")}
    assert modules <= set(names)


@pytest.mark.processes
def test_an_installed_wheel_finds_its_files_and_its_version(wheel, tmp_path):
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(tmp_path), str(wheel)]
    subprocess.run(command, check=True, capture_output=True)
    code = (
        "import midp_ros; from midp_ros.core.package_files import package_path;"
        "print(midp_ros.__file__); print(midp_ros.__version__); print(package_path('config', 'contracts', 'pick.yaml'))"
    )
    # -I would hide the target; the empty folder keeps the checkout out of the search.
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    (tmp_path / "empty").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path / "empty",
        check=True,
        capture_output=True,
        text=True,
    )
    module, version, path = done.stdout.split()
    assert module == str(tmp_path / "midp_ros" / "__init__.py")
    assert version == midp_ros.__version__
    assert path == str(tmp_path / "share" / "midp_ros" / "config" / "contracts" / "pick.yaml")
    assert Path(path).read_text() == (ROOT / "config" / "contracts" / "pick.yaml").read_text()


@pytest.mark.processes
def test_an_ament_install_finds_its_files(tmp_path):
    # The layout that colcon makes: <prefix>/lib/pythonX.Y/site-packages beside <prefix>/share/midp_ros.
    site = tmp_path / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    share = tmp_path / "share" / "midp_ros"
    (share / "config").mkdir(parents=True)
    shutil.copytree(ROOT / "midp_ros" / "core", site / "midp_ros" / "core")
    (share / "package.xml").touch()
    (site / "midp_ros" / "__init__.py").touch()
    code = "from midp_ros.core.package_files import package_path; print(package_path('config'))"
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == str(share / "config")


def test_every_node_has_an_executable_and_every_executable_a_node():
    scripts = {e.name: e.value for e in distribution("midp_ros").entry_points if e.group == "console_scripts"}
    assert scripts.pop("midp") == "midp_ros.cli.main:main"
    files = {p.stem for p in (ROOT / "midp_ros" / "nodes").glob("*_node.py") if "\ndef main(" in p.read_text()}
    assert set(scripts) == files
    assert all(value == f"midp_ros.nodes.{name}:main" for name, value in scripts.items())


def test_the_manifest_is_a_package_of_format_3_for_ament_python():
    manifest = ElementTree.parse(ROOT / "package.xml").getroot()
    assert manifest.tag == "package" and manifest.get("format") == "3"
    assert manifest.findtext("name") == "midp_ros"
    assert manifest.findtext("export/build_type") == "ament_python"
    order = [child.tag for child in manifest]
    assert order[:5] == ["name", "version", "description", "maintainer", "license"]
    # rosdep and colcon refuse a manifest whose address is none (catkin_pkg's rule).
    assert re.fullmatch(r"[-\w%+.]+@[-\w%]+(\.[-\w%]+)*\.[a-zA-Z]{2,}", manifest.find("maintainer").get("email"))
    assert (ROOT / manifest.find("license").get("file")).read_text().lstrip().startswith("Apache License")
    depends = [d.text for d in manifest.iter("exec_depend")]
    assert len(depends) == len(set(depends))


def test_every_message_package_that_a_node_imports_is_declared():
    import ast

    declared = {d.text for d in ElementTree.parse(ROOT / "package.xml").getroot().iter("exec_depend")}
    imported = set()
    for path in (ROOT / "midp_ros" / "nodes").rglob("*.py"):
        if path.name == "moveit_process.py":  # runs beside an installed MoveIt, which brings its messages
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
            elif isinstance(node, ast.Import):
                imported |= {a.name.split(".")[0] for a in node.names}
    ros = {name for name in imported if name.endswith(("_msgs", "_srvs", "_interfaces")) or name == "rclpy"}
    assert ros <= declared


def test_pip_is_documented_for_what_rosdep_cannot_bring():
    """Each requirement of the package and its simulation has a rosdep key, or stands in the line for pip.

    svgelements was in neither: task `trace` with an SVG file could not run.
    """
    keys = {d.text for d in ElementTree.parse(ROOT / "package.xml").getroot().iter("exec_depend")}
    (line,) = re.findall(r"^python3 -m pip install (.*)$", (ROOT / "docs" / "installing.md").read_text(), re.MULTILINE)
    by_pip = {Requirement(r).name: Requirement(r) for r in line.replace("'", "").split()}
    names = {"pin": "pinocchio", "pyyaml": "python3-yaml", "pillow": "python3-pil", "scipy": "python3-scipy"}
    names["setuptools"] = None
    for text in distribution("midp_ros").requires:
        requirement = Requirement(text)
        if requirement.marker and not requirement.marker.evaluate({"extra": "sim"}):
            continue
        if requirement.name.lower() in by_pip:
            continue
        name = requirement.name.lower()
        key = names.get(name, name)
        assert key is None or key in keys, f"neither rosdep nor pip brings {text}"
    assert by_pip["ruckig"] and "ruckig" not in keys  # the distributions' package has no Python module


def test_colcon_puts_the_executables_where_ros2_run_looks():
    lines = (ROOT / "setup.cfg").read_text().splitlines()
    assert "script_dir=$base/lib/midp_ros" in lines and "install_scripts=$base/lib/midp_ros" in lines
    assert (ROOT / "resource" / "midp_ros").is_file()
    assert (ROOT / "interfaces" / "COLCON_IGNORE").is_file()
