"""launch/deploy.launch.xml from end to end, with the stand-in as the robot."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import WrenchStamped
from sensor_msgs.msg import JointState
from std_msgs.msg import String
from std_srvs.srv import Trigger
from test_processes import Processes, interrupt

from midp_ros.cli.launch import load
from midp_ros.core.errors import MidpError
from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.naming import named
from midp_ros.nodes.deployment.operator_confirmation import LATCHED
from midp_ros.nodes.ros.conversions import joints_from_message
from midp_ros.nodes.ros.status_conversions import values_from_status
from midp_ros.planning import Obstacle
from midp_ros.simulation.mesh_scene import MeshScene

PROFILE = RobotProfile.load("fr3")
START = PROFILE.ready_rad + [-0.2, 0.1, 0.0, 0.1, 0.0, 0.1, 0.0]

# What is said where this machine stalls for longer than a follower takes: by the stream, by the follower's state, or,
# where it is the stand-in that gets its targets too late, by that.
STALLED = (
    "the stream of joint targets was interrupted",
    "deployed: the follower moves the arm to its first target",
    "joint target refused: the control node is down",
)


@pytest.fixture
def processes():
    started = Processes()
    yield started
    started.stop()


class Operator:
    """Watches the arm and confirms; listens to no command, which the doctor would count as a second controller."""

    def __init__(self, graph, namespace=""):
        self.graph, self.joints = graph, named(PROFILE, arm_prefix=namespace).joint_names
        # All of them: where the arm rests for less than a second, a test that stalls would miss it.
        self.states = graph.heard(graph.probe, JointState, f"{namespace}/franka/joint_states", 10_000)
        self.diagnostics = graph.heard(graph.probe, DiagnosticArray, "/diagnostics")
        self.questions = graph.heard(graph.probe, String, "/deployment/question", LATCHED)
        graph.client(Trigger, "/deployment/confirm")

    def confirms(self):
        """Confirms as soon as there is something to confirm; that the question is withdrawn shows that it came."""
        if not self.graph.spin_until(lambda: self.questions and self.questions[-1].data, 20.0):
            return False  # the deployment has ended
        asked = len(self.questions)
        with suppress(AssertionError):  # on a busy machine the answer may be lost
            self.graph.call(Trigger, "/deployment/confirm")
        return self.graph.spin_until(lambda: len(self.questions) > asked)

    def away_rad(self, position_rad):
        return np.abs(self.position_rad(-1) - position_rad).max()

    def coming_to(self, position_rad):
        """A condition: that the arm has got there from now on. It may have left again before anybody looks."""
        looked = len(self.states)

        def has_come():
            nonlocal looked
            new, looked = range(looked, len(self.states)), len(self.states)
            return any(np.abs(self.position_rad(number) - position_rad).max() < 0.05 for number in new)

        return has_come

    def has_moved(self):
        """Whether the arm has been moved since the beginning."""
        return self.away_rad(self.position_rad(0)) > 0.03

    def position_rad(self, number):
        return joints_from_message(self.states[number], self.joints)

    def hears(self, state, words=""):
        seen = [values_from_status(m.status[0]) for m in self.diagnostics]
        return any(each["state"] == state and words in each["hold_reason"] for each in seen)

    def pushes(self, force_n):
        """Pushes the stand-in's hand downwards until a reflex has stopped the arm."""
        wrench = WrenchStamped()
        wrench.wrench.force.z = -force_n
        wrenches = self.graph.probe.create_publisher(WrenchStamped, "/franka_simulation/external_wrench", 1)
        timer = self.graph.probe.create_timer(0.02, lambda: wrenches.publish(wrench))
        stopped = self.graph.spin_until(lambda: self.hears("holding", "reflex"), 15.0)
        self.graph.probe.destroy_timer(timer)
        return stopped


def stall(node, duration_s):
    """The process that streams for a node of this domain is not run for a while."""
    (pid,) = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and streams_for(entry, node)]
    os.kill(pid, signal.SIGSTOP)
    time.sleep(duration_s)
    os.kill(pid, signal.SIGCONT)


def streams_for(process, node):
    try:
        command, environment = ((process / name).read_text() for name in ("cmdline", "environ"))
    except OSError:  # it has ended, or is not ours
        return False
    here = f"ROS_DOMAIN_ID={os.environ['ROS_DOMAIN_ID']}"
    return f'"node": "{node}_stream"' in command and here in environment.split("\0")


def stalled(output):
    return any(each in output for each in STALLED)


def deploy_with_an_operator(graph, processes, **arguments):
    """To where the policy moves the arm; returns what was said."""
    operator = Operator(graph)
    pose = " ".join(str(angle) for angle in START)
    launched = processes.launch(
        "deploy", stand_in="true", model="reach", planner="builtin", start_pose=pose, speed_fraction="0.4", **arguments
    )
    assert graph.spin_until(lambda: operator.states, 20.0)
    assert graph.spin_until(lambda: graph.probe.count_publishers("/policy/action"), 20.0), "the policy was not loaded"
    assert not operator.has_moved()
    assert operator.confirms(), "to move to the start pose"
    if "output" in arguments and graph.spin_until(lambda: operator.has_moved(), 10.0):
        stall("deployment", 0.25)  # as a busy machine does
    if not operator.confirms():  # to let the policy move the arm
        _, output = interrupt(launched)
        assert stalled(output), output
        return output
    assert operator.away_rad(START) < 0.05 and not operator.diagnostics, "the policy must not be active yet"
    moves = graph.spin_until(lambda: operator.hears("running") and operator.away_rad(START) > 0.05, 15.0)
    graph.spin_for(0.5)
    status, output = interrupt(launched)
    if not stalled(output):
        assert moves and status == 0, output
        assert "checks passed" in output and "deployed" in output, output
    return output


def test_it_checks_asks_moves_to_the_start_asks_again_and_lets_the_policy_run(graph, processes):
    output = deploy_with_an_operator(graph, processes)
    assert "reflex:" not in output, output


def test_a_stream_to_a_follower_makes_up_for_a_stall_and_never_falls_silent_until_the_policy_takes_over(
    graph, processes
):
    output = STALLED[0]
    for _ in range(3):
        if stalled(output):
            output = deploy_with_an_operator(graph, processes, output="stream")
    assert not stalled(output) and "reflex:" not in output and "control node is down" not in output, output


def test_without_confirmation_it_does_the_same_with_one_of_two_arms(graph, processes):
    """The doctor and the deployment looked for the contract's topics in the root namespace."""
    left, right = Operator(graph, "left"), Operator(graph, "right")
    other = processes.launch("sim", task="reach", policy="false", namespace="right", arm_prefix="right")
    launched = processes.launch(
        "deploy", stand_in="true", model="reach", confirm="false", namespace="left", arm_prefix="left"
    )
    assert graph.spin_until(lambda: left.hears("running"), 60.0)
    assert graph.spin_until(lambda: left.away_rad(PROFILE.ready_rad) > 0.05, 15.0), "the policy does not move the arm"
    doctor = [sys.executable, "-m", "midp_ros.cli.main", "doctor", "--namespace", "left", "--model", "reach"]
    examined = subprocess.run([*doctor, "--seconds", "0.5"], capture_output=True, text=True, timeout=60)
    assert examined.returncode == 0, examined.stdout + examined.stderr
    assert not right.has_moved()
    for process in (launched, other):
        status, output = interrupt(process)
        assert status == 0 and "reflex:" not in output, output


def test_a_robot_that_the_doctor_fails_is_not_moved(graph, processes):
    operator = Operator(graph)
    launched = processes.launch("deploy", stand_in="true", model="pick", task="reach", confirm="false")
    graph.spin_until(lambda: launched.poll() is not None, 40.0)
    output, _ = launched.communicate(timeout=10)
    assert launched.returncode == 1, output
    assert "/task/object_pose" in output and "not deployed" in output
    assert not operator.has_moved()


def test_a_real_robot_takes_ros2_launch_which_the_error_says():
    with pytest.raises(MidpError, match="only `ros2 launch` can"):
        load("deploy", {"model": "reach"})


def test_with_franka_bringup_running_elsewhere_it_starts_the_rest():
    labels = [process.label for process in load("deploy", {"bringup": "false"}).processes]
    assert labels == ["policy", "deployment"]


def test_it_goes_around_obstacles_to_the_start_pose_and_home_again_after_a_reflex_too(graph, processes, tmp_path):
    post = Obstacle("post", "box", [0.1, 0.08, 0.7], [0.38, -0.32, 0.35])
    file = tmp_path / "post.yaml"
    file.write_text(json.dumps({"obstacles": [post.plain()]}))
    beyond = PROFILE.ready_rad + [-1.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    operator = Operator(graph)
    launched = processes.launch(
        "deploy",
        **{"stand_in": "true", "model": "reach", "confirm": "false", "planner": "builtin", "obstacles": str(file)},
        **{"start_pose": " ".join(map(str, beyond)), "speed_fraction": "0.5", "seed": "1"},
    )
    assert graph.spin_until(lambda: operator.hears("running"), 60.0)
    for struck in (False, True):
        assert graph.spin_until(lambda: operator.away_rad(beyond) > 0.1, 15.0), "the policy does not move the arm"
        operator.diagnostics.clear()
        assert not struck or operator.pushes(90.0), "no reflex"
        operator.diagnostics.clear()
        is_home = operator.coming_to(beyond)
        assert graph.call(Trigger, "/deployment/home").success
        assert graph.spin_until(is_home, 30.0), "the arm does not get home"
        assert graph.spin_until(lambda: operator.hears("running"), 15.0)
    status, output = interrupt(launched)
    assert status == 0 and output.count("]: reflex: ") == 1 and "planned by builtin" in output, output
    meshes = MeshScene(PROFILE, (post,))
    positions = [operator.position_rad(number) for number in range(0, len(operator.states), 50)]
    straight = positions[0] + np.linspace(0.0, 1.0, 50)[:, None] * (beyond - positions[0])
    way, direct = ([n.distance_m for q in p if (n := meshes.nearest(q))] for p in (positions, straight))
    meshes.close()
    assert min(direct) < 0.0 < min(way)
