"""The start of a motion against a robot one of whose states crosses the first command."""

from types import SimpleNamespace

import numpy as np
import pytest
from own_time import own_time

pytest.importorskip("pylibfranka", reason="the extra `fci` brings it")

from midp_ros.fci.client import robot as client
from midp_ros.fci.client.joint_interfaces import joint_interface
from midp_ros.kinematics import RobotProfile


class Robot:
    """Waits for a command after its first one; a reader that does not pause finds one state where two lie ready."""

    def __init__(self):
        self.sent = self.read = 0
        self.paused = False

    def state(self):
        self.read = self.sent if self.paused else min(self.read + 1, self.sent)
        self.paused = False
        time = SimpleNamespace(to_sec=lambda at=self.read: at / 1000)
        return SimpleNamespace(time=time, q_d=[0.0] * 7, robot_mode=None)

    def read_once(self):
        return self.state()

    def start_joint_position_control(self, mode):
        self.sent += 1
        return self

    def readOnce(self):
        state = self.state()
        if self.sent == 1:
            self.sent += 1  # the one that crosses
        return state, None

    def writeOnce(self, command):
        self.sent += 1

    def pause(self, seconds):
        self.paused = True


def test_a_state_that_crossed_the_first_command_is_read_before_the_motion(monkeypatch):
    robot, profile = Robot(), RobotProfile.load("fr3")
    own_time(monkeypatch, client, sleep=robot.pause)
    monkeypatch.setattr(client.pylibfranka, "Robot", lambda *arguments: robot)
    arm = client.LibfrankaRobot("nowhere", "position", profile)
    arm._interface = joint_interface("position", profile)
    arm.start()
    assert robot.read == robot.sent, "it answers the newest state"
    still = np.zeros((50, 7))
    assert arm.play((still, still, still)) == 50 and robot.read == robot.sent
