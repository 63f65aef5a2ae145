"""Launch files that include others: what both of them can start is started once."""

import pytest

from midp_ros.cli.launch import load
from midp_ros.launching import description


@pytest.fixture(autouse=True)
def executables(monkeypatch):
    """Every executable is there, also in an environment that was set up before a node came."""
    monkeypatch.setattr(description, "find_executable", lambda package, name: [name])


@pytest.mark.parametrize(
    "name, arguments",
    [
        ("sim", {"teleop": "target", "policy": "false"}),
        ("record", {"teleop": "target"}),
        ("deploy", {"stand_in": "true"}),
        ("demo", {}),
    ],
)
def test_a_page_is_opened_once(name, arguments):
    started = [process.command[0] for process in load(name, {**arguments, "viewer": "true"}).processes]
    assert started.count("viewer_node") == 1 and len(started) == len(set(started))
