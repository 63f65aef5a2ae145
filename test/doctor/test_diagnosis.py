"""Each thing that can be wrong with a graph, alone in an otherwise healthy one."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from healthy import (
    ARM,
    EXPECTATION,
    FAST,
    FINGERS,
    FR3,
    HEADER,
    MERGED,
    READY,
    STATE,
    TARGETS,
    TOOL,
    TRAJECTORIES,
    changed,
    endpoint,
    healthy,
    hearing,
    joint_state,
    pose,
    received,
    robot_state,
)  # fmt: skip

from midp_ros.core.contract import Contract
from midp_ros.doctor import (
    Endpoint,
    Expectation,
    Result,
    Snapshot,
    Status,
    diagnose,
    result,
    summary,
    with_prefix_of_namespace,
)
from midp_ros.doctor.expected_topic import CLOCK, JOINT_STATE, POSE, TRAJECTORY
from midp_ros.kinematics import RobotProfile

PICK = Contract.load(Path(__file__).parents[2] / "config" / "contracts" / "pick.yaml")
NAN = float("nan")


def problems(snapshot, expectation=EXPECTATION):
    """What is not well, by check; each with a remedy."""
    bad = [row for row in diagnose(snapshot, expectation) if row.status is not Status.OK]
    assert all(row.remedy for row in bad)
    return {row.to_dict()["check"]: row for row in bad}


def only_problem(snapshot, check, status, *words, expectation=EXPECTATION):
    """Asserts that this check, and no other, came out so, with these words in what was found or is to be done."""
    found = problems(snapshot, expectation)
    assert list(found) == [check]
    assert found[check].status is status
    for word in words:
        assert word in f"{found[check].found} {found[check].remedy}"


def test_a_healthy_robot_has_no_problem_and_code_zero():
    rows = diagnose(healthy(), EXPECTATION)
    assert problems(healthy()) == {}
    assert result(rows) is Result.OK and result(rows).exit_code == 0
    assert summary(rows) == {"result": "ok", "ok": len(rows), "warning": 0, "failed": 0}
    checks = [row.to_dict()["check"] for row in rows]
    assert len(set(checks)) == len(checks) > 40


def test_a_snapshot_survives_json():
    snapshot = hearing(ARM, sample=joint_state(FR3.joint_names, READY))
    assert Snapshot.from_dict(json.loads(json.dumps(snapshot.to_dict()))) == snapshot


# --- network ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("nodes", [(), ("/rviz", "/talker")])
def test_an_empty_graph_is_no_robot_and_code_two(nodes):
    snapshot = Snapshot(
        healthy().process, nodes, publishers={"/chatter": (endpoint("/talker", "std_msgs/msg/String"),)}
    )
    rows = diagnose(snapshot, EXPECTATION)
    assert result(rows) is Result.NO_ROBOT and result(rows).exit_code == 2
    only_problem(snapshot, "robot: presence", Status.FAILED, "ROS_DOMAIN_ID", "ROS_AUTOMATIC_DISCOVERY_RANGE")
    assert any("LOCALHOST" in row.found for row in rows)


def test_nodes_of_another_middleware_are_named():
    foreign = replace(endpoint("/controller_manager", JOINT_STATE), gid="0110abcd")
    snapshot = changed(healthy(), "publishers", {ARM: (foreign,)})
    words = ("/controller_manager", "RMW_IMPLEMENTATION=rmw_cyclonedds_cpp", "no services")
    only_problem(snapshot, "network: RMW", Status.FAILED, *words)
    assert FAST.startswith("010f")


def test_nodes_that_cannot_be_read_point_to_another_distribution():
    nameless = endpoint("/_NODE_NAME_UNKNOWN_/_NODE_NAME_UNKNOWN_", JOINT_STATE)
    only_problem(changed(healthy(), "publishers", {ARM: (nameless,)}), "network: nodes", Status.WARNING, ARM, "Humble")


def test_a_robot_in_another_namespace_is_found():
    only_problem(healthy(), "namespace: presence", Status.FAILED, "--namespace /", expectation=Expectation(FR3, "left"))
    moved = changed(healthy(), "publishers", {ARM: None, f"/left{ARM}": healthy().publishers[ARM]})
    only_problem(moved, "namespace: presence", Status.FAILED, "--namespace /left")


def in_namespace(s, prefix="left"):
    """The snapshot of an arm with a prefix in the namespace /left."""

    def moved(mapping):
        return {f"/left{name}": kept for name, kept in mapping.items()}

    def prefixed(sample):
        names = [f"{prefix}_{n}" if n.startswith("fr3_joint") else n for n in sample.get("name", [])]
        return {**sample, "name": names, "header": {**HEADER, "frame_id": f"{prefix}_fr3_link0"}}

    return Snapshot(
        s.process, s.nodes, moved(s.publishers), moved(s.subscribers), moved(s.services),
        moved({topic: replace(h, sample=prefixed(h.sample)) for topic, h in s.received.items()}),
    )  # fmt: skip


def test_the_namespace_is_the_prefix_where_the_joints_are_named_so():
    for namespace in ("left", "/left/"):
        expectation = with_prefix_of_namespace(Expectation(FR3, namespace), in_namespace(healthy()))
        assert problems(in_namespace(healthy()), expectation) == {}
    for prefix, namespace, given in (("right", "left", ""), ("left", "left", "other"), ("left", "", "")):
        expectation = Expectation(FR3, namespace, arm_prefix=given)
        assert with_prefix_of_namespace(expectation, in_namespace(healthy(), prefix)) == expectation


def test_a_contract_s_topics_are_those_of_the_namespace():
    """They were the root's once: nobody publishes /franka/joint_states."""
    expectation = Expectation(FR3, "left", arm_prefix="left", contract=PICK)
    seen = changed(healthy(), "publishers", {"/task/object_pose": (endpoint("/camera", POSE),)})
    seen = changed(seen, "received", {"/task/object_pose": received(POSE, 30.0, pose())})
    assert problems(in_namespace(seen), expectation) == {}
    assert set(problems(in_namespace(healthy()), expectation)) == {"/left/task/object_pose: presence"}


def test_the_rate_of_a_topic_that_the_contract_does_not_use_is_no_matter():
    seen = changed(hearing(MERGED, rate_hz=30.0), "publishers", {"/task/object_pose": (endpoint("/camera", POSE),)})
    seen = changed(seen, "received", {"/task/object_pose": received(POSE, 30.0, pose())})
    assert problems(seen, Expectation(FR3, contract=PICK)) == {}


def test_a_healthy_robot_in_a_namespace_with_a_prefix_is_well():
    s = in_namespace(healthy())
    assert problems(s, Expectation(FR3, "left", arm_prefix="left")) == {}
    assert problems(s, Expectation(FR3, "/left/", arm_prefix="left_")) == {}
    names = problems(s, Expectation(FR3, "left"))[f"/left{ARM}: names"]
    assert names.status is Status.FAILED and "--robot fr3 --arm-prefix left" in names.remedy


# --- state topics ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("topic", "status", "word"),
    [(ARM, Status.FAILED, "franka_bringup"), (TOOL, Status.WARNING, "franka_robot_state_broadcaster")],
)
def test_a_missing_topic(topic, status, word):
    only_problem(changed(healthy(), "publishers", {topic: None}), f"{topic}: presence", status, word)


def test_two_robots_at_once():
    two = (endpoint("/controller_manager", JOINT_STATE), endpoint("/franka_simulation", JOINT_STATE))
    snapshot = changed(healthy(), "publishers", {ARM: two})
    only_problem(snapshot, f"{ARM}: publishers", Status.FAILED, "/franka_simulation", "ROS_DOMAIN_ID")


def test_another_type_and_another_definition():
    other = changed(healthy(), "publishers", {ARM: (endpoint("/x", "std_msgs/msg/Float64MultiArray"),)})
    only_problem(other, f"{ARM}: type", Status.FAILED, "std_msgs/msg/Float64MultiArray")
    older = changed(healthy(), "publishers", {ARM: (replace(endpoint("/x", JOINT_STATE), type_hash="RIHS01_old"),)})
    only_problem(older, f"{ARM}: type", Status.FAILED, "same version")
    humble = changed(healthy(), "publishers", {ARM: (replace(endpoint("/x", JOINT_STATE), type_hash=""),)})
    assert problems(humble) == {}


@pytest.mark.parametrize("asked", [{"reliability": "reliable"}, {"durability": "transient local"}])
def test_a_subscriber_that_asks_for_too_much_is_named(asked):
    deaf = replace(endpoint("/my_node", POSE, reliability="best effort"), **asked)
    snapshot = changed(healthy(), "subscribers", {TOOL: (deaf,)})
    only_problem(snapshot, f"{TOOL}: qos", Status.WARNING, "/my_node receives nothing", "best-effort")


def test_a_silent_publisher_and_a_message_package_that_is_not_installed():
    silent = changed(healthy(), "received", {ARM: None})
    only_problem(silent, f"{ARM}: rate", Status.FAILED, "no message", "list_controllers", "firewall")
    unreadable = replace(
        changed(healthy(), "received", {STATE: None}), unreadable={STATE: "No module named 'franka_msgs'"}
    )
    only_problem(unreadable, f"{STATE}: rate", Status.FAILED, "No module named 'franka_msgs'")


def test_the_default_rate_of_joint_states_is_flagged():
    only_problem(hearing(MERGED, rate_hz=30.0), f"{MERGED}: rate", Status.WARNING, "30 Hz", "/franka/joint_states")
    assert problems(hearing(MERGED, rate_hz=49.0)) == {}
    only_problem(hearing(ARM, rate_hz=None, messages=1), f"{ARM}: rate", Status.WARNING, "0.0 Hz")


def test_a_contract_s_rate_must_be_reached_and_its_topics_be_there():
    expectation = Expectation(FR3, contract=PICK)
    missing = "/task/object_pose: presence"
    only_problem(healthy(), missing, Status.FAILED, "the skill 'pick' needs it", expectation=expectation)
    seen = changed(healthy(), "publishers", {"/task/object_pose": (endpoint("/camera", POSE),)})
    seen = changed(seen, "received", {"/task/object_pose": received(POSE, 30.0, pose())})
    assert problems(seen, expectation) == {}
    fast = Expectation(FR3, contract=replace(PICK, rate_hz=50.0))
    slow = problems(seen, fast)
    assert set(slow) == {"/task/object_pose: rate", f"{FINGERS}: rate"}
    assert all(row.status is Status.FAILED and "contract's 50 Hz" in row.expected for row in slow.values())
    moved = changed(healthy(), "publishers", {"/left/task/object_pose": (endpoint("/camera", POSE),)})
    only_problem(moved, missing, Status.FAILED, "/left/task/object_pose is published", expectation=expectation)
    gone = problems(changed(seen, "publishers", {TOOL: None}), expectation)
    assert gone[f"{TOOL}: presence"].status is Status.FAILED


# --- clocks ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("age_s", "delay_s", "status", "words"),
    [
        (0.3, 0.001, Status.WARNING, "0.300 s behind"),
        (-0.2, 0.001, Status.WARNING, "0.200 s ahead of"),
        (3.0, 0.001, Status.FAILED, "use_sim_time"),
        (3.0, 3.0, Status.FAILED, "chrony"),
        (-3.0, -3.0, Status.FAILED, "clocks differ by about 3.00 s"),
        (None, 0.001, Status.WARNING, "not stamped"),
    ],
)
def test_stamps_are_compared_with_this_machine_s_clock(age_s, delay_s, status, words):
    only_problem(hearing(ARM, age_s=age_s, delay_s=delay_s), f"{ARM}: stamp", status, words)


def test_stamps_are_compared_with_the_simulated_clock_where_there_is_one():
    offset_s = 1_800_000_000.0
    s = changed(healthy(), "publishers", {CLOCK: (endpoint("/simulator", "rosgraph_msgs/msg/Clock"),)})
    behind = {topic: replace(h, age_s=h.age_s + offset_s) for topic, h in s.received.items()}
    clock = {CLOCK: replace(s.received[ARM], age_s=offset_s, sample={})}
    simulated = changed(s, "received", {**behind, **clock})
    assert problems(simulated) == {}
    mixed = changed(simulated, "received", {ARM: s.received[ARM]})
    only_problem(mixed, f"{ARM}: stamp", Status.FAILED, "ahead of /clock", "use_sim_time:=true")
    two = changed(simulated, "publishers", {CLOCK: (s.publishers[CLOCK] * 2)})
    only_problem(two, "/clock: publishers", Status.FAILED, "stop all but one")


# --- names and values ------------------------------------------------------------------------------------------------
def test_names_of_another_robot_say_which_profile_would_fit():
    panda = RobotProfile.load("panda")
    only_problem(
        hearing(ARM, sample=joint_state(panda.joint_names, READY)),
        f"{ARM}: names", Status.FAILED, "no fr3_joint1 .. fr3_joint7", "--robot panda,",
    )  # fmt: skip
    fingers = hearing(FINGERS, sample=joint_state(panda.finger_joint_names, [0.0, 0.0]))
    only_problem(fingers, f"{FINGERS}: names", Status.FAILED, "--robot panda")
    prefixed = hearing(ARM, sample=joint_state([f"left_{n}" for n in FR3.joint_names], READY))
    only_problem(prefixed, f"{ARM}: names", Status.FAILED, "--robot fr3 --arm-prefix left,")
    newer = hearing(ARM, sample=joint_state([n.replace("fr3", "fr3v2") for n in FR3.joint_names], READY))
    only_problem(newer, f"{ARM}: names", Status.FAILED, "--robot fr3 --robot-type fr3v2,")
    strange = hearing(ARM, sample=joint_state([f"axis_{i}" for i in range(7)], READY))
    only_problem(strange, f"{ARM}: names", Status.FAILED, "no profile")
    partly = hearing(ARM, sample=joint_state(FR3.joint_names[:6], READY[:6]))
    only_problem(partly, f"{ARM}: names", Status.FAILED, "no fr3_joint7,")
    doubled = hearing(ARM, sample=joint_state([*FR3.joint_names, "fr3_joint7"], [*READY, 0.0]))
    only_problem(doubled, f"{ARM}: names", Status.FAILED, "twice")


def test_another_order_is_fine():
    snapshot = hearing(ARM, sample=joint_state(FR3.joint_names[::-1], READY[::-1]))
    assert problems(snapshot) == {}
    assert any("another order" in row.found for row in diagnose(snapshot, EXPECTATION))


@pytest.mark.parametrize(
    ("positions", "status", "words"),
    [
        ([NAN, *READY[1:]], Status.FAILED, "fr3_joint1 = nan"),
        (READY[:6], Status.FAILED, "6 positions for 7 names"),
        ([*READY[:3], 0.1, *READY[4:]], Status.WARNING, "fr3_joint4 = 0.1000 (limits -3.0421 to -0.1518)"),
    ],
)
def test_joint_positions_must_be_finite_and_inside_limits(positions, status, words):
    only_problem(hearing(ARM, sample=joint_state(FR3.joint_names, positions)), f"{ARM}: values", status, words)


def test_fingers_have_limits_too():
    wide = hearing(FINGERS, sample=joint_state(FR3.finger_joint_names, [0.02, 0.08]))
    only_problem(wide, f"{FINGERS}: values", Status.WARNING, "fr3_finger_joint2 = 0.0800 (limits 0 to 0.04)")


@pytest.mark.parametrize(
    ("sample", "check", "status", "words"),
    [
        (pose(x=NAN), "values", Status.FAILED, "nan"),
        (pose(x=0.0), "values", Status.FAILED, "length 0.000"),
        ({**pose(), "header": {**HEADER, "frame_id": "world"}}, "frame", Status.FAILED, "'world'"),
        ({**pose(), "header": {**HEADER, "frame_id": ""}}, "frame", Status.FAILED, "no frame_id"),
    ],
)
def test_poses_must_be_poses_in_the_base(sample, check, status, words):
    only_problem(hearing(TOOL, sample=sample), f"{TOOL}: {check}", status, words)


def test_the_link_below_the_arm_s_first_is_a_base_too():
    assert problems(hearing(TOOL, sample={**pose(), "header": {**HEADER, "frame_id": "base"}})) == {}


@pytest.mark.parametrize(
    ("parents", "words"),
    [
        ({"lens": "camera", "camera": "fr3_link0"}, "by /tf: lens -> camera -> fr3_link0"),
        ({"lens": "camera", "camera": "world", "fr3_link0": "base", "base": "world"},
         "by /tf: lens -> camera -> world -> base -> fr3_link0"),
        ({"lens": "camera", "camera": "world"}, ""),
        ({"lens": "camera", "camera": "lens"}, ""),
    ],
)  # fmt: skip
def test_a_pose_in_another_frame_passes_where_tf_leads_from_it(parents, words):
    seen = hearing(TOOL, sample={**pose(), "header": {**HEADER, "frame_id": "lens"}})
    snapshot = replace(seen, parents=parents)
    if words:
        rows = {row.to_dict()["check"]: row for row in diagnose(snapshot, EXPECTATION)}
        assert problems(snapshot) == {} and words in rows[f"{TOOL}: frame"].found
    else:
        remedy = "static_transform_publisher --frame-id fr3_link0 --child-frame-id lens"
        only_problem(snapshot, f"{TOOL}: frame", Status.FAILED, "'lens'", remedy)


def test_the_contract_s_frames_are_asked_of_its_topics():
    goal = next(e for e in PICK.observation if e.name == "object_position")
    for frame, wanted in (("base", "fr3_link0"), ("", "fr3_link0"), ("table", "table"), ("tool", "fr3_hand_tcp")):
        others = tuple(e for e in PICK.observation if e.topic != goal.topic)
        contract = replace(
            PICK, observation=(*others, replace(goal, relative_to="", frame=frame)), action=PICK.action[1:]
        )
        topic = next(t for t in Expectation(FR3, contract=contract).topics() if t.topic == goal.topic)
        assert topic.frames[0] == wanted


# --- one robot -------------------------------------------------------------------------------------------------------
def test_a_contract_of_another_robot_fails():
    found = problems(healthy(), Expectation(FR3, contract=replace(PICK, robot="panda")))["contract: robot"]
    assert found.status is Status.FAILED
    assert "for robot 'panda', the robot is 'fr3'" in found.found and "--robot panda" in found.remedy
    assert "contract: robot" not in problems(healthy(), Expectation(FR3, contract=PICK))
    renamed = problems(healthy(), Expectation(FR3, robot_type="panda", contract=PICK))["contract: robot"]
    assert "robot_type 'panda'" in renamed.found


@pytest.mark.parametrize(
    ("limits", "status", "words"),
    [
        (FR3.velocity_max_rad_s, None, ""),
        (RobotProfile.load("panda").velocity_max_rad_s, Status.FAILED, "those of panda"),
        (FR3.velocity_max_rad_s * 0.5, Status.WARNING, "a profile of its own"),
    ],
)
def test_limits_in_the_robot_s_description_tell_which_robot_it_is(limits, status, words):
    described = dict(zip(FR3.joint_names, map(float, limits), strict=True))
    snapshot = replace(healthy(), velocity_limits={"/robot_description": described})
    if status is None:
        assert problems(snapshot) == {}
    else:
        only_problem(snapshot, "/robot_description: limits", status, words)


@pytest.mark.parametrize(("share", "ok"), [(0.5, True), (1.5, False)])
def test_a_profile_may_keep_to_lower_limits_than_its_robot(share, ok):
    own = replace(FR3, name="own_fr3", robot_type="fr3", velocity_max_rad_s=FR3.velocity_max_rad_s * share)
    described = dict(zip(FR3.joint_names, map(float, FR3.velocity_max_rad_s), strict=True))
    snapshot = replace(healthy(), velocity_limits={"/robot_description": described})
    rows = diagnose(snapshot, replace(EXPECTATION, profile=own))
    (row,) = [row for row in rows if (row.subject, row.aspect) == ("/robot_description", "limits")]
    assert row.status is (Status.OK if ok else Status.FAILED)


# --- the arm's own word ----------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("state", "check", "status", "words"),
    [
        (robot_state(4), "mode", Status.FAILED, "ros2 action send_goal /action_server/error_recovery"),
        (robot_state(5), "mode", Status.FAILED, "user stop"),
        (robot_state(3), "mode", Status.WARNING, "GUIDING"),
        (robot_state(0), "mode", Status.WARNING, "Desk"),
        (robot_state(9), "mode", Status.WARNING, "9"),
        (robot_state(1, "joint_reflex", "power_limit_violation"), "errors", Status.FAILED,
         "joint_reflex, power_limit_violation"),
        (robot_state(2, success_rate=0.8), "link", Status.WARNING, "80 %"),
    ],
)  # fmt: skip
def test_mode_errors_and_link(state, check, status, words):
    only_problem(hearing(STATE, sample=state), f"arm: {check}", status, words)


# --- actions and services --------------------------------------------------------------------------------------------
def test_a_gripper_under_another_name_is_found():
    s = healthy()
    renamed = {name.replace("/franka_gripper", "/panda_gripper"): kept for name, kept in s.services.items()}
    snapshot = replace(s, services=renamed)
    words = ("a gripper at /panda_gripper", "gripper:=/panda_gripper", "--gripper /panda_gripper")
    only_problem(snapshot, "gripper: actions", Status.FAILED, *words)
    told = problems(snapshot, Expectation(FR3, gripper="/panda_gripper"))
    assert list(told) == ["/panda_gripper/joint_states: presence"]


def test_a_missing_gripper_matters_to_a_skill_that_uses_it():
    s = healthy()
    without = replace(s, services={n: kept for n, kept in s.services.items() if "gripper/grasp" not in n})
    only_problem(without, "gripper: actions", Status.WARNING, "no grasp at /franka_gripper")
    none = replace(s, services={n: kept for n, kept in s.services.items() if "gripper" not in n})
    only_problem(none, "gripper: actions", Status.WARNING, "load_gripper:=true")
    needing = problems(none, Expectation(FR3, contract=PICK))
    assert needing["gripper: actions"].status is Status.FAILED


@pytest.mark.parametrize(
    ("ending", "check", "words"),
    [
        ("error_recovery/_action/send_goal", "/action_server/error_recovery: action", "reflex"),
        ("follow_joint_trajectory/_action/send_goal", "/fr3_arm_controller/follow_joint_trajectory: action", "MoveIt"),
        ("set_load", "/service_server: services", "no set_load"),
    ],
)
def test_missing_actions_and_services(ending, check, words):
    s = healthy()
    kept = {name: service for name, service in s.services.items() if not name.endswith(ending)}
    only_problem(replace(s, services=kept), check, Status.WARNING, words)


def test_an_old_broadcaster_lacks_topics():
    topic = "/franka_robot_state_broadcaster/external_joint_torques"
    snapshot = changed(healthy(), "publishers", {topic: None})
    check = "/franka_robot_state_broadcaster: topics"
    only_problem(snapshot, check, Status.WARNING, "no external_joint_torques")


# --- controllers' inputs ---------------------------------------------------------------------------------------------
def test_two_commanders_are_named_and_none_is_only_noted():
    two = (endpoint("/policy", TRAJECTORY), endpoint("/expert", TRAJECTORY))
    snapshot = changed(healthy(), "publishers", {TRAJECTORIES: two})
    only_problem(snapshot, f"{TRAJECTORIES}: publishers", Status.FAILED, "2 command: /policy, /expert")
    idle = changed(healthy(), "publishers", {TRAJECTORIES: None})
    assert problems(idle) == {}
    assert any("no publisher yet" in row.found for row in diagnose(idle, EXPECTATION))


def test_two_listeners_and_a_wrong_type_fail():
    listeners = healthy().subscribers[TRAJECTORIES]
    twice = changed(healthy(), "subscribers", {TRAJECTORIES: (*listeners, endpoint("/franka_simulation", TRAJECTORY))})
    only_problem(twice, f"{TRAJECTORIES}: subscribers", Status.FAILED, "2 listen", "/franka_simulation")
    wrong = changed(healthy(), "publishers", {TRAJECTORIES: (endpoint("/policy", JOINT_STATE),)})
    only_problem(wrong, f"{TRAJECTORIES}: type", Status.FAILED, "/policy: sensor_msgs/msg/JointState")


def test_a_commander_that_the_controller_does_not_hear():
    weak = changed(healthy(), "publishers", {TRAJECTORIES: (endpoint("/p", TRAJECTORY, reliability="best effort"),)})
    found = "/fr3_arm_controller receives nothing"
    only_problem(weak, f"{TRAJECTORIES}: qos", Status.FAILED, found, "publish reliably")
    astray = changed(healthy(), "publishers", {TARGETS: (endpoint("/policy", JOINT_STATE),), TRAJECTORIES: None})
    only_problem(astray, f"{TARGETS}: subscribers", Status.FAILED, "/policy commands, no subscriber", "output:=")


def test_no_controller_or_one_of_another_name():
    idle = changed(healthy(), "publishers", {TRAJECTORIES: None})
    none = changed(idle, "subscribers", {TRAJECTORIES: None})
    only_problem(none, "controllers: inputs", Status.FAILED, "no controller listens", "list_controllers")
    follower = changed(none, "subscribers", {TARGETS: (endpoint("/joint_follower_controller", JOINT_STATE),)})
    assert problems(follower) == {}
    other = {"/my_controller/joint_trajectory": (endpoint("/my_controller", TRAJECTORY),)}
    words = ("arm_controller:=my_controller", "--arm-controller my_controller")
    only_problem(changed(none, "subscribers", other), "controllers: inputs", Status.FAILED, *words)
    only_problem(changed(follower, "subscribers", other), "controllers: inputs", Status.WARNING, *words)


def test_stale_targets_would_shut_the_control_node_down():
    s = changed(healthy(), "publishers", {TARGETS: (endpoint("/policy", JOINT_STATE),), TRAJECTORIES: None})
    s = changed(s, "subscribers", {TARGETS: (endpoint("/joint_follower_controller", JOINT_STATE),), TRAJECTORIES: None})
    stale = changed(s, "received", {TARGETS: replace(s.received[ARM], age_s=0.8)})
    only_problem(stale, f"{TARGETS}: stamp", Status.FAILED, "0.800 s behind")


def test_an_endpoint_of_a_bare_dds_application_has_no_name():
    assert not Endpoint("/_CREATED_BY_BARE_DDS_APP_/_CREATED_BY_BARE_DDS_APP_", JOINT_STATE).name_known
    assert Endpoint("/policy", JOINT_STATE).name_known
