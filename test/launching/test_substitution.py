"""`$(...)`: nesting, quotes, defaults, and errors that list what is known."""

from pathlib import Path

import pytest

from midp_ros.launching.errors import LaunchError
from midp_ros.launching.substitution import Scope, substitute

SCOPE = Scope({"task": "pick", "which": "task"}, Path("/here"), lambda package: Path("/share") / package)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain (text)", "plain (text)"),
        ("$(var task)", "pick"),
        ("a/$(var task)/b-$(var which)", "a/pick/b-task"),
        ("$(var $(var which))", "pick"),
        ("$(find-pkg-share midp_ros)/config", "/share/midp_ros/config"),
        ("$(dirname)/x", "/here/x"),
        ("$(env MIDP_TEST_UNSET other)", "other"),
        ("$(env MIDP_TEST_UNSET 'two words')", "two words"),
        ("$(env MIDP_TEST_UNSET $(var task).onnx)", "pick.onnx"),
        ("$(env MIDP_TEST_UNSET '')", ""),
        ("$(eval '2.0 != 1')", "True"),
        ("$(eval '1.0 != 1')", "False"),
    ],
)
def test_value(text, wanted, monkeypatch):
    monkeypatch.delenv("MIDP_TEST_UNSET", raising=False)
    assert substitute(text, SCOPE) == wanted


def test_environment_wins_over_the_default(monkeypatch):
    monkeypatch.setenv("MIDP_TEST_SET", "value")
    assert substitute("$(env MIDP_TEST_SET default)", SCOPE) == "value"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$(var missing)", "known: task, which"),
        ("$(anon x)", r"known: \$\(dirname\), \$\(env\), \$\(eval\), \$\(find-pkg-share\), \$\(var\)"),
        ("$(eval 'fast != 1')", "name 'fast' is not defined"),
        ("$(var task", "not closed"),
        ("$()", "empty"),
        ("$(var)", "takes 1 to 2 arguments, got 0"),
        ("$(find-pkg-share a b)", "takes 1 arguments, got 2"),
        ("$(env MIDP_TEST_UNSET)", "no MIDP_TEST_UNSET"),
    ],
)
def test_error(text, message, monkeypatch):
    monkeypatch.delenv("MIDP_TEST_UNSET", raising=False)
    with pytest.raises(LaunchError, match=message):
        substitute(text, SCOPE)


@pytest.mark.parametrize("given", ["abc", "nan"])
def test_an_argument_that_is_no_number_is_named(given):
    scope = Scope({"real_time_factor": given, "seed": "1"}, Path("/here"), lambda package: Path("/share"))
    with pytest.raises(LaunchError, match=f"argument real_time_factor:={given} is no number"):
        substitute("$(eval '$(var real_time_factor) != 1')", scope)
