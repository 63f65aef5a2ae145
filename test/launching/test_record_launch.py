"""record.launch.xml: who drives on which arm, and what the recorder is given."""

import pytest
import yaml

from midp_ros.cli.launch import load
from midp_ros.core.errors import MidpError
from midp_ros.launching import description


@pytest.fixture(autouse=True)
def executables(monkeypatch):
    """Every executable is there, also in an environment that was set up before a node came."""
    monkeypatch.setattr(description, "find_executable", lambda package, name: [name])


def labels(**arguments):
    return {process.label for process in load("record", arguments).processes}


def parameters(label, **arguments):
    (process,) = (process for process in load("record", arguments).processes if process.label == label)
    return yaml.safe_load(process.parameters[-1])["/**"]["ros__parameters"]


def test_the_default_is_the_script_on_the_simulated_arm():
    assert labels() == {"franka_simulation", "expert", "recorder"}


def test_a_person_drives_the_simulated_arm_by_devices():
    assert labels(teleop="twist,keyboard") == {"franka_simulation", "teleop", "recorder"}


def test_a_hand_that_leads_the_arm_needs_no_driver():
    assert labels(teleop="guiding") == {"franka_simulation", "recorder"}


def test_the_keyboard_is_read_by_a_teleop_in_a_terminal_of_its_own():
    assert labels(teleop="keyboard") == {"franka_simulation", "recorder"}
    assert labels(teleop="keyboard", stand_in="false", bringup="false") == {"recorder"}
    recorder = parameters("recorder", teleop="keyboard")
    assert (recorder["policy"], recorder["devices"]) == ("teleop", "keyboard")


def test_no_controller_keeps_a_hand_from_guiding_the_stand_in():
    assert parameters("franka_simulation", teleop="guiding")["controller"] == "none"
    assert parameters("franka_simulation", teleop="twist", output="stream")["controller"] == "stream"


def test_a_real_arm_is_driven_by_a_person_alone():
    real = {"stand_in": "false", "bringup": "false"}
    assert labels(teleop="gamepad", **real) == {"teleop", "recorder"}
    assert labels(teleop="guiding", **real) == {"recorder"}
    assert labels(teleop="gamepad", viewer="true", **real) == {"teleop", "viewer", "recorder"}
    with pytest.raises(MidpError, match="only `ros2 launch` can"):
        load("record", {"stand_in": "false", "teleop": "gamepad"})
