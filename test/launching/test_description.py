"""Launch files become processes, or errors that list what is known; the package's own files are all read."""

from pathlib import Path

import pytest
import yaml

from midp_ros.core.package_files import package_path
from midp_ros.launching import LaunchDescription, LaunchError, declared_arguments, run
from midp_ros.launching import description as description_module


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Writes a launch file and reads it; every executable is found as /bin/<package>/<name>."""
    monkeypatch.setattr(description_module, "find_executable", lambda package, name: [f"/bin/{package}/{name}"])

    def load(body, **arguments):
        path = tmp_path / "test.launch.xml"
        path.write_text(f"<launch>{body}</launch>")
        return LaunchDescription.load(path, arguments, {"pkg": tmp_path})

    return load


def names(description):
    return [p.label for p in description.processes]


def test_a_node_with_everything(load, tmp_path):
    (tmp_path / "file.yaml").write_text("/**: {ros__parameters: {a: 1}}")
    (process,) = load(
        """<node pkg="p" exec="e" name="n" namespace="left" args="--one two" output="screen" on_exit="shutdown">
             <param from="$(find-pkg-share pkg)/file.yaml"/>
             <param name="whole" value="3"/> <param name="real" value="3.0"/> <param name="yes" value="true"/>
             <param name="text" value="abc"/> <param name="digits" value="3" type="str"/>
             <remap from="/a" to="/b"/> <env name="KEY" value="value"/>
           </node>"""
    ).processes
    assert process.label == "n" and process.required and not process.quiet
    assert process.command == ("/bin/p/e", "--one", "two")
    assert process.ros_arguments == ("-r", "__node:=n", "-r", "__ns:=/left", "-r", "/a:=/b")
    values = [tmp_path / "file.yaml", {"whole": 3}, {"real": 3.0}, {"yes": True}, {"text": "abc"}, {"digits": "3"}]
    assert list(process.parameters) == values
    assert [type(p["whole"]) for p in process.parameters[1:2]] == [int]
    assert [type(p["real"]) for p in process.parameters[2:3]] == [float]
    assert process.environment == {"KEY": "value"}


def test_a_parameter_file_with_substitutions_knows_the_arguments(load, tmp_path):
    (tmp_path / "file.yaml").write_text('/**: {ros__parameters: {task: "$(var task)", count: $(var count)}}')
    node = '<node pkg="p" exec="e"><param from="$(dirname)/file.yaml" allow_substs="true"/></node>'
    body = f'<arg name="task" default="reach"/><arg name="count" default="3"/>{node}'
    (text,) = load(body, count="5").processes[0].parameters
    assert yaml.safe_load(text) == {"/**": {"ros__parameters": {"task": "reach", "count": 5}}}
    with pytest.raises(LaunchError, match=r"not valid YAML with the arguments given: .*count: \["):
        load(body, count="[")


def test_packages_whose_nodes_unblock_sigint_are_marked(load, tmp_path):
    path = tmp_path / "test.launch.xml"
    load('<node pkg="ours" exec="a"/><node pkg="theirs" exec="b"/>')
    assert [p.unblocks for p in LaunchDescription.load(path, unblocking={"ours"}).processes] == [True, False]


def test_python_files_are_noted_where_they_are_accepted(load, tmp_path):
    with pytest.raises(LaunchError, match="only `ros2 launch` can"):
        load('<include file="$(dirname)/robot.launch.py"/>')
    accepted = LaunchDescription.load(tmp_path / "test.launch.xml", python_files=True)
    assert accepted.python_files == ("$(dirname)/robot.launch.py",)
    with pytest.raises(LaunchError, match="only `ros2 launch` can run"):
        run(accepted)


def test_if_and_unless(load):
    body = """<arg name="on" default="true"/>
              <node pkg="p" exec="a" if="$(var on)"/> <node pkg="p" exec="b" unless="$(var on)"/>
              <group if="$(var on)"><node pkg="p" exec="c"/></group>"""
    assert names(load(body)) == ["a", "c"]
    assert names(load(body, on="0")) == ["b"]


def test_a_group_keeps_its_variables_to_itself(load):
    body = """<let name="x" value="outer"/><group {}><let name="x" value="inner"/></group>
              <node pkg="p" exec="$(var x)"/>"""
    assert names(load(body.format(""))) == ["outer"]
    assert names(load(body.format('scoped="false"'))) == ["inner"]


def test_an_included_file_sees_its_includers_variables_as_under_ros2_launch(load, tmp_path):
    (tmp_path / "inner.xml").write_text(
        """<launch><arg name="given" default="-"/><arg name="seen" default="-"/><arg name="own" default="-"/>
             <node pkg="p" exec="$(var given).$(var seen).$(var own)"/></launch>"""
    )
    body = """<arg name="seen" default="outer"/>
              <include file="$(dirname)/inner.xml"><arg name="given" value="1"/></include>"""
    assert names(load(body)) == ["1.outer.-"]
    # An argument of the included file can be given to the including one.
    assert names(load(body, own="2")) == ["1.outer.2"]


def test_equal_names_are_told_apart(load):
    assert names(load('<node pkg="p" exec="a"/><node pkg="p" exec="a"/><node pkg="p" exec="b"/>')) == [
        "a-1",
        "a-2",
        "b",
    ]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("<nod/>", "unknown tag <nod> in <launch>; known: arg, group, include, let, node"),
        ('<node pkg="p" exec="e"><parm/></node>', "unknown tag <parm> in <node>; known: env, param, remap"),
        ('<node pkg="p" exec="e" respawn="true"/>', "unknown attribute 'respawn' of <node>; known: args, exec, if"),
        ('<node pkg="p"/>', "<node> lacks the attribute 'exec'"),
        ('<node pkg="p" exec="e" on_exit="restart"/>', "only 'shutdown'"),
        ('<node pkg="p" exec="e" output="file"/>', "none of screen, both, log"),
        ('<node pkg="p" exec="e" if="maybe"/>', "if of <node> is 'maybe', none of true, 1, false, 0"),
        ('<node pkg="p" exec="e" if="1" unless="1"/>', "both if and unless"),
        ('<node pkg="p" exec="e"><param from="/no/such.yaml"/></node>', "no parameter file /no/such.yaml"),
        ('<node pkg="p" exec="e"><param name="a"/></node>', "takes name and value, or from"),
        ('<node pkg="p" exec="e"><param name="a" value="1" type="double"/></node>', "none of str, int, float, bool"),
        ('<node pkg="p" exec="e"><param name="a" value=""/></node>', "parameter 'a' has the value ''"),
        ('<include file="/no/such.xml"/>', "cannot read launch file /no/such.xml"),
        ('<include file="$(dirname)/test.launch.xml"/>', "being read already"),
        ('<include file="$(find-pkg-share no_such_package)/x.xml"/>', "package 'no_such_package' is not installed"),
        ('<arg name="needed"/>', "argument 'needed' must be given"),
        ('<let name="a" value="$(var nothing)"/>', "no such argument or variable"),
    ],
)
def test_error_says_what_would_be_right(load, body, message):
    with pytest.raises(LaunchError, match=message):
        load(body)


def test_an_undeclared_argument_lists_those_that_are(load):
    with pytest.raises(LaunchError, match="declares no argument 'taks'; known: robot, task"):
        load('<arg name="task" default="a"/><arg name="robot" default="b"/>', taks="pick")


def test_an_include_cannot_be_told_what_it_does_not_declare(load, tmp_path):
    (tmp_path / "inner.xml").write_text('<launch><arg name="known" default=""/></launch>')
    with pytest.raises(LaunchError, match="inner.xml declares no argument 'other'; known: known"):
        load('<include file="$(dirname)/inner.xml"><arg name="other" value="1"/></include>')


@pytest.mark.parametrize(("content", "message"), [("<launch>", "not valid XML"), ("<robot/>", "its root is <robot>")])
def test_a_file_that_is_no_launch_file(tmp_path, content, message):
    path = tmp_path / "bad.xml"
    path.write_text(content)
    with pytest.raises(LaunchError, match=message):
        LaunchDescription.load(path)


@pytest.mark.parametrize("path", sorted(package_path("launch").glob("*.launch.xml")), ids=lambda p: p.stem)
def test_the_packages_own_files_can_be_read(path: Path):
    given = {"stand_in": "true"} if "stand_in" in {a.name for a in declared_arguments(path)} else {}
    processes = LaunchDescription.load(path, given).processes
    assert processes and all(Path(p.command[0]).exists() for p in processes)


@pytest.mark.parametrize("path", sorted(package_path("launch").glob("*.launch.xml")), ids=lambda p: p.stem)
def test_the_packages_own_nodes_have_one_parameters_file_with_the_arguments(path: Path):
    """`ros2 launch` leaves a file in /tmp for every single <param>."""
    given = {"stand_in": "true", "namespace": "left"} if path.stem.startswith("deploy") else {"namespace": "left"}
    for process in LaunchDescription.load(path, given).processes:
        defaults, arguments = process.parameters
        assert isinstance(defaults, Path) and isinstance(arguments, str)
        known = yaml.safe_load(defaults.read_text())["/**"]["ros__parameters"]
        values = yaml.safe_load(arguments)["/**"]["ros__parameters"]
        values.pop("use_sim_time", None)
        assert {name: type(value) for name, value in values.items()} == {name: type(known[name]) for name in values}
        assert ("-r", "__ns:=/left") == process.ros_arguments[2:4]


@pytest.mark.parametrize("name", ["sim", "deploy", "record", "demo"])
def test_the_black_box_goes_where_its_own_error_says_that_it_can_be_sent(name):
    """`set blackbox_folder, or blackbox:=false` was no advice for a launch."""
    given = {"blackbox": "false", "blackbox_folder": "/elsewhere"}
    path = package_path("launch", f"{name}.launch.xml")
    given |= {"stand_in": "true"} if name == "deploy" else {}
    told = 0
    for process in LaunchDescription.load(path, given).processes:
        if "blackbox" in yaml.safe_load(process.parameters[0].read_text())["/**"]["ros__parameters"]:
            values = yaml.safe_load(process.parameters[1])["/**"]["ros__parameters"]
            assert (values["blackbox"], values["blackbox_folder"]) == (False, "/elsewhere"), process.label
            told += 1
    assert told == 2


@pytest.mark.parametrize(("factor", "simulated"), [("1.0", False), ("1", False), ("2", True), ("0.5", True)])
@pytest.mark.parametrize("name", ["sim", "demo", "record"])
def test_another_speed_than_the_wall_s_means_simulated_time_for_all(name, factor, simulated):
    """At twice the speed without it a demonstration ended in a reflex."""
    path = package_path("launch", f"{name}.launch.xml")
    for process in LaunchDescription.load(path, {"real_time_factor": factor}).processes:
        values = yaml.safe_load(process.parameters[1])["/**"]["ros__parameters"]
        own = values["clock"] if process.label == "franka_simulation" else values["use_sim_time"]
        assert own is simulated
