"""What a stream publishes while the arm is not moved: never to a follower whose state is not known."""

import numpy as np
import pytest
from own_time import own_time

from midp_ros.nodes.safety import setpoint_keepalive
from midp_ros.nodes.safety.setpoint_keepalive import FOLLOWING, INACTIVE, LEFT_ALONE, SYNCING, SetpointKeepalive

REST = np.zeros(7)


class Output:
    """An output that notes what it publishes."""

    def __init__(self, silence_s=np.inf):
        self.publishing, self.silence_s, self.held, self.hushed = False, silence_s, [], 0
        self.firm = False

    def hold(self, position_rad, firmly=False):
        self.held.append(position_rad)
        self.firm = firmly
        self.publishing, self.silence_s = True, 0.0

    def hush(self):
        self.hushed += self.publishing
        self.publishing = False


class Follower:
    def __init__(self, state="", awaited="", changed_s=np.inf):
        self.state, self.awaited, self.changed_s = state, awaited, changed_s


def test_nothing_is_published_before_the_follower_s_state_is_known():
    output, follower = Output(), Follower(awaited="not known yet")
    keeper = SetpointKeepalive(output, follower)
    for _ in range(5):
        assert keeper.look(False, REST) == keeper.look(True, REST) == "not known yet"
    assert not output.held
    follower.state, follower.awaited = FOLLOWING, ""  # left by an earlier client, as it turns out
    assert keeper.look(True, REST) == LEFT_ALONE
    assert not output.held


@pytest.mark.parametrize("state", ["", SYNCING, INACTIVE])
def test_a_follower_that_waits_or_has_no_state_gets_the_measured_position(state):
    output = Output()
    SetpointKeepalive(output, Follower(state)).look(False, REST)
    assert len(output.held) == 1


@pytest.mark.parametrize("state", [SYNCING, INACTIVE])
def test_until_the_follower_follows_the_stream_stays_where_the_arm_is(state):
    """Which target a follower is on its way to is not known; the one that it then follows must be no step."""
    output, follower = Output(), Follower(FOLLOWING)
    keeper = SetpointKeepalive(output, follower)
    keeper.look(True, REST)
    follower.state = state
    for k in range(1, 4):
        assert keeper.look(True, REST + 0.1 * k) and output.firm, "what is sent meanwhile must not be published"
        np.testing.assert_array_equal(output.held[-1], REST + 0.1 * k)
    follower.state, output.silence_s = FOLLOWING, 0.0
    assert keeper.look(True, REST + 0.4) == "" and not output.firm
    np.testing.assert_array_equal(output.held[-1], REST + 0.4)
    keeper.look(True, REST + 0.5)
    np.testing.assert_array_equal(output.held[-1], REST + 0.4, "from here on the policy commands")


def test_another_stream_s_follower_is_taken_over():
    output = Output()
    assert SetpointKeepalive(output, Follower(FOLLOWING)).look(True, REST, kept=True) == ""
    assert len(output.held) == 1


def test_when_the_robot_is_silent_the_stream_ends_so_that_another_one_is_not_sent_to_where_this_one_was(monkeypatch):
    now_s = [0.0]
    own_time(monkeypatch, setpoint_keepalive, monotonic=lambda: now_s[0])
    output = Output()
    keeper = SetpointKeepalive(output, Follower(SYNCING))
    keeper.look(False, REST)
    now_s[0] = 5.0
    keeper.look(False, None)
    assert output.publishing, "this process was stopped, the robot may be publishing"
    keeper.look(False, None)
    keeper.look(False, None)
    assert not output.publishing
    keeper.look(False, REST + 0.5)
    np.testing.assert_array_equal(output.held[-1], REST + 0.5)
