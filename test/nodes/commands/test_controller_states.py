"""A controller's state tells which trajectory runs, whether it commands positions, and whether it refuses steps."""

from types import SimpleNamespace

import numpy as np
import pytest
from control_msgs.msg import JointTrajectoryControllerState
from rclpy.serialization import deserialize_message, serialize_message
from trajectory_msgs.msg import JointTrajectoryPoint

from midp_ros.control.loop.controller_state import STEPS_REFUSED
from midp_ros.nodes.commands import controller_states
from midp_ros.nodes.commands.controller_states import ControllerStates

NAMES = [f"joint{n}" for n in range(1, 8)]


class Topic:
    def __init__(self, node, kind, topic, qos):
        self.data = []

    def take(self):
        data, self.data = self.data, []
        return [SimpleNamespace(data=data) for data in data]

    def message(self, taken):
        return deserialize_message(taken.data, JointTrajectoryControllerState)


@pytest.fixture
def states(monkeypatch):
    monkeypatch.setattr(controller_states, "PolledSubscription", Topic)
    return ControllerStates(None, "arm/controller_state", NAMES)


def message(time_s, output, frame_id="", names=NAMES):
    numbers = [float(name[-1]) for name in names]
    whole = JointTrajectoryPoint(positions=numbers, velocities=numbers, accelerations=numbers)
    m = JointTrajectoryControllerState(joint_names=names, reference=whole, feedback=whole, error=whole)
    m.output = JointTrajectoryPoint(**{output: numbers}) if output else JointTrajectoryPoint()
    m.header.frame_id, m.header.stamp.sec, m.reference.time_from_start.sec = frame_id, time_s, 2
    return serialize_message(m)


def test_another_kind_of_controller_is_noticed_at_once_even_where_its_messages_are_as_long(states):
    kinds = [("positions", ""), ("effort", ""), ("positions", STEPS_REFUSED), ("effort", STEPS_REFUSED)]
    kinds.append(("positions", "other_as_long"))
    assert len(STEPS_REFUSED) == len("other_as_long")
    for k, (output, frame_id) in enumerate(kinds):
        states._topic.data = [message(10 + k, output, frame_id)]
        (state,) = states.read()
        assert (state.time_s, state.start_s) == (10 + k, 8 + k)
        assert (state.commands_positions, state.refuses_steps) == (output == "positions", frame_id == STEPS_REFUSED)


def test_joints_are_sorted_and_those_of_another_arm_are_left_out(states):
    states._topic.data = [message(10, "positions", names=NAMES[::-1]), message(11, "positions", names=["other1"])]
    (state,) = states.read()
    np.testing.assert_array_equal(state.position_rad, np.arange(1.0, 8.0))


def test_of_each_trajectory_the_first_and_the_newest_state_are_kept(states):
    def at(time_s, passed_s):
        m = deserialize_message(message(time_s, "positions"), JointTrajectoryControllerState)
        m.reference.time_from_start.sec = passed_s
        return serialize_message(m)

    states._topic.data = [at(10, 1), at(11, 2), at(12, 3), at(13, 0), at(14, 1)]
    assert [(s.time_s, s.start_s) for s in states.read()] == [(10, 9), (12, 9), (13, 13), (14, 13)]
