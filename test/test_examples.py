"""The example scripts run as the documentation says; those that need ROS are compiled here and run in test/nodes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes

EXAMPLES = Path(__file__).parents[1] / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))


def run(script, *arguments, cwd):
    """What a script prints; it must end well."""
    path = os.pathsep.join([str(EXAMPLES.parent), *filter(None, [os.environ.get("PYTHONPATH")])])  # a sourced ROS 2's
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(EXAMPLES / script), *arguments]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_it_compiles_and_its_docstring_shows_how_to_run_it(script):
    code = compile(script.read_text(), str(script), "exec")
    assert f"python examples/{script.name}" in code.co_consts[0]


def test_a_shipped_policy_runs(tmp_path):
    assert "success after" in run("run_policy.py", "--task", "reach", cwd=tmp_path)


def test_an_experts_episodes_are_recorded_and_plotted(tmp_path):
    assert run("record_own_expert.py", "--episodes", "2", cwd=tmp_path).startswith("2 episodes")
    pytest.importorskip("matplotlib")
    run("plot_episode.py", "data/my_reach/episode_000000.mcap", cwd=tmp_path)
    assert (tmp_path / "out" / "episode.png").stat().st_size > 10_000


def test_a_policy_is_evaluated_under_noise(tmp_path):
    lines = run("evaluate_policy.py", "--episodes", "1", "--noise-mm", "0", cwd=tmp_path).splitlines()
    assert lines[0].startswith("noise 0 mm, offset 0 mm: 1/1")
