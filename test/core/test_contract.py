"""Contracts: what is wrong is named, and what travels arrives unchanged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from midp_ros.core.contract import Contract, Entry, Horizon, SceneSymmetry
from midp_ros.core.errors import ContractError, ContractMismatchError, FileFormatError
from midp_ros.core.package_files import package_path

PICK = Contract.load(package_path("config", "contracts", "pick.yaml"))


ARMLESS = "none"  # the robot of a task of points in the plane, which no node can put on an arm


def test_every_contract_of_the_package_loads_and_its_robot_is_known():
    from midp_ros.kinematics import available_robots

    paths = sorted(package_path("config", "contracts").glob("*.yaml"))
    assert {p.stem for p in paths} >= {"pick", "reach"}
    for path in paths:
        contract = Contract.load(path)
        assert path.stem in (contract.skill, *(f"{contract.skill}_{kind}" for kind in ("pixels", "now", "joints")))
        assert contract.robot in {*available_robots(), ARMLESS}


def test_sizes_and_places():
    assert PICK.observation_size == 7 + 3 + 6 + 1 + 3 + 6
    assert PICK.action_size == 10
    assert PICK.observation_slices["tool_rotation"] == slice(10, 16)
    assert PICK.first_executed == 1
    assert PICK.step_s == pytest.approx(0.1)


@pytest.mark.parametrize("namespace", ["left", "/left", "/left/"])
def test_its_topics_move_along_with_the_robot_s_namespace(namespace):
    moved = PICK.in_namespace(namespace)
    assert [e.topic for e in moved.observation] == [f"/left{e.topic}" for e in PICK.observation]
    slashless = replace(PICK, observation=tuple(replace(e, topic=e.topic[1:]) for e in PICK.observation))
    assert slashless.in_namespace(namespace) == moved
    assert PICK.in_namespace("/") == slashless.in_namespace("") == PICK
    assert (
        replace(PICK.observation[0], topic="")
        in replace(PICK, observation=(replace(PICK.observation[0], topic=""), *PICK.observation[1:]))
        .in_namespace(namespace)
        .observation
    )


def test_json_round_trip():
    assert Contract.from_json(PICK.to_json()) == PICK


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate_hz": 20.0}, "rate_hz: 10.0 != 20.0"),
        ({"horizon": Horizon(2, 16, 4)}, "horizon.executed: 8 != 4"),
        ({"action": PICK.action[:2]}, r"action\[gripper_width\]: entry 'gripper_width' != None"),
        ({"observation": (replace(PICK.observation[0], unit="deg"), *PICK.observation[1:])}, r"joint_position\].unit"),
    ],
)
def test_the_first_difference_is_named(change, message):
    with pytest.raises(ContractMismatchError, match=message):
        PICK.require_match(replace(PICK, **change), "the node", "the model")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("rate_hz", 0.0, "rate_hz must be positive, got 0.0"),
        ("version", 7, "contract version 7 is not supported"),
        ("speed", 3, "unknown key 'speed'; known: action"),
        ("horizon", {"observed": 2, "predicted": 8, "executed": 8}, "do not fit predicted=8"),
        ("action", [], "action has no entries"),
    ],
)
def test_a_bad_contract_is_refused(key, value, message):
    with pytest.raises(ContractError, match=message):
        Contract.from_dict({**PICK.to_dict(), key: value})


def test_a_missing_part_is_named():
    data = PICK.to_dict()
    del data["horizon"]
    with pytest.raises(ContractError, match="lacks 'horizon'"):
        Contract.from_dict(data)


def test_relative_to_must_be_observed():
    entry = Entry("tool_position", 3, "m", relative_to="elbow")
    with pytest.raises(ContractError, match="relative_to 'elbow' is none of"):
        replace(PICK, action=(entry,))


def test_unknown_sink_lists_the_known_ones():
    with pytest.raises(ContractError, match="sink 'legs' is none of arm, gripper"):
        Entry("x", 1, "m", sink="legs")


def test_files_that_are_no_contracts(tmp_path):
    with pytest.raises(FileFormatError, match="cannot read contract"):
        Contract.load(tmp_path / "absent.yaml")
    bad = tmp_path / "bad.yaml"
    bad.write_text("{unclosed")
    with pytest.raises(FileFormatError, match="not valid YAML"):
        Contract.load(bad)


def test_yaml_executes_nothing(tmp_path):
    path, mark = tmp_path / "evil.yaml", tmp_path / "mark"
    path.write_text(f"!!python/object/apply:os.system ['touch {mark}']")
    with pytest.raises(FileFormatError):
        Contract.load(path)
    assert not mark.exists()


# --- limits of what is plausible -------------------------------------------------------------------------------------
def limited(**limits):
    first, *others = PICK.observation
    return replace(PICK, observation=(replace(first, **limits), *others))


def test_limits_travel_and_a_contract_without_any_reads_as_it_always_did():
    contract = limited(low=(-3.0,) * 7, high=(3.0,) * 7, max_speed=2.0)
    assert Contract.from_json(contract.to_json()) == contract
    text = replace(PICK, table_height_m=None).to_json()
    assert not [key for key in ("low", "high", "max_speed", "table_height_m") if f'"{key}"' in text]
    assert Contract.from_json(text).table_height_m is None


def test_limits_may_differ_where_contracts_have_to_match():
    PICK.require_match(limited(max_speed=2.0), "the node", "the model")
    PICK.require_match(replace(PICK, table_height_m=0.1), "the node", "the model")


def test_a_model_without_limits_takes_those_of_its_skill():
    old = replace(PICK, table_height_m=None)
    assert old.with_known_limits() == PICK and PICK.table_height_m == 0.0
    assert replace(old, robot="panda").with_known_limits() == replace(PICK, robot="panda")
    for own in (replace(PICK, table_height_m=0.2), replace(old, rate_hz=20.0), replace(old, skill="my_own")):
        assert own.with_known_limits() == own


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({"low": (0.0,)}, "low must be 7 numbers, got \\[0.0\\]"),
        ({"max_speed": -1.0}, "max_speed must be above 0, got -1.0"),
    ],
)
def test_limits_that_make_no_sense_are_refused(limits, message):
    with pytest.raises(ContractError, match=message):
        limited(**limits)


# --- the scene's symmetry --------------------------------------------------------------------------------------------
def test_a_symmetry_travels_and_may_differ_where_contracts_have_to_match():
    push, plain = Contract.load("push"), replace(PICK, scene_symmetry=None)
    for contract in (PICK, push):
        assert contract.scene_symmetry is not None and Contract.from_json(contract.to_json()) == contract
    assert push.to_dict()["scene_symmetry"].keys() == {"none"}
    assert "scene_symmetry" not in plain.to_json()
    assert PICK.interface() == plain.interface()
    PICK.require_match(plain, "the node", "the model")


def test_an_older_contract_has_the_symmetry_of_its_skill_s_own():
    plain = replace(PICK, scene_symmetry=None)
    assert PICK.declared_symmetry() == plain.declared_symmetry() == PICK.scene_symmetry
    assert replace(plain, skill="my_own").declared_symmetry() is None
    own = SceneSymmetry(none="mine")
    assert replace(PICK, scene_symmetry=own).declared_symmetry() == own
    assert plain.with_known_limits() == plain


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({}, "needs either anchor, x_m, y_m, yaw_rad, or none: a reason"),
        ({"none": "why", "anchor": "object"}, "needs either"),
        ({"x_m": [0, 1]}, "lacks 'anchor'"),
        ({"anchor": "object", "x_m": [1, 0], "y_m": [0, 1], "yaw_rad": [0, 1]}, r"x_m: got \[1.0, 0.0\], need a lower"),
        ({"anchor": "object", "x_m": [0, 1], "y_m": [0, 1]}, r"yaw_rad: got \[\], need a lower"),
    ],
)
def test_a_symmetry_that_makes_no_sense_is_refused(section, message):
    with pytest.raises(ContractError, match=message):
        Contract.from_dict({**PICK.to_dict(), "scene_symmetry": section})
