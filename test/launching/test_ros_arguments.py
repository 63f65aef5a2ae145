"""The parameters of a launched node: one type each."""

import pytest

from midp_ros.launching import LaunchError
from midp_ros.launching.description import NodeProcess
from midp_ros.launching.ros_arguments import require_same_types


def process(folder, given):
    """A node with a file of defaults, and a value for it as a launch argument gives it."""
    defaults = folder / "defaults.yaml"
    defaults.write_text("policy:\n  ros__parameters: {held: false, seed: 0, factor: 1.0, model: reach}\n")
    text = f"/**:\n  ros__parameters:\n    {given}\n"
    return NodeProcess(label="policy", command=("policy_node",), parameters=(defaults, text))


@pytest.mark.parametrize("given", ["held: true", "seed: 5", "factor: 2", "factor: 2.5", 'model: "pick"', "other: 1"])
def test_values_of_the_same_type_are_accepted(given, tmp_path):
    require_same_types(process(tmp_path, given))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("held: 1", "parameter 'held' of policy is of type bool, as False is; it was given 1"),
        ("held: maybe", "'maybe'"),
        ("seed: abc", "of type int"),
        ("seed: 1.5", "it was given 1.5"),
        ("factor: abc", "of type float"),
        ("model: 3", "of type str"),
    ],
)
def test_a_value_of_another_type_is_refused_before_anything_starts(given, words, tmp_path):
    # rcl keeps both values of a parameter that two files give, and nodes received the default without an error.
    with pytest.raises(LaunchError, match=words):
        require_same_types(process(tmp_path, given))
