"""SpaceMouse on pyspacemouse's own device class, with the reports that a mouse sends."""

import struct

import numpy as np
import pytest

from midp_ros.teleop.device import DeviceError
from midp_ros.teleop.devices.spacemouse import SpaceMouse

easyhid_missing = False
try:
    import pyspacemouse
    from pyspacemouse.config_helpers import apply_axis_convention
except (ImportError, OSError, AttributeError, TypeError):  # easyhid's words where hidapi is missing
    easyhid_missing = True
pytestmark = pytest.mark.skipif(easyhid_missing, reason="needs pyspacemouse and hidapi")


class FakeHid:
    """hidapi's device as far as pyspacemouse uses it."""

    def __init__(self):
        self.reports, self.unplugged = [], False

    def read(self, size):
        if self.unplugged:
            raise OSError("hid_read: -1")
        return self.reports.pop(0) if self.reports else b""

    def close(self):
        pass


@pytest.fixture
def mouse():
    specs = pyspacemouse.get_device_specs()
    info = apply_axis_convention(specs["SpaceMouseCompact"], pyspacemouse.AxisConvention.ROS)
    hids = []

    def open_mouse():
        if hids and hids[-1].unplugged:
            raise DeviceError("no SpaceMouse")
        hids.append(FakeHid())
        return pyspacemouse.SpaceMouseDevice(info, hids[-1])

    return SpaceMouse(open_mouse), hids


def translation(x, y, z):
    return bytes([1]) + struct.pack("<hhh", x, y, z)


def test_pushed_away_and_lifted_is_forward_and_up(mouse):
    device, hids = mouse
    hids[-1].reports = [translation(0, -350, 0), translation(0, 0, -350), translation(0, 0, 0)]
    linear = np.array([each.motion.linear for each in device.read(0.0)])
    np.testing.assert_allclose(linear, [[1, 0, 0], [0, 0, 1], [0, 0, 0]], atol=1e-9)
    assert device.read(0.1) == [], "without a report there is no input"


def test_buttons_are_events_once(mouse):
    device, hids = mouse
    hids[-1].reports = [bytes([3, 1, 0]), bytes([3, 1, 0]), bytes([3, 0, 0]), bytes([3, 2, 0])]
    events = [each.events for each in device.read(0.0)]
    assert events == [("gripper_toggle",), (), (), ("take_over",)]


def test_a_mouse_that_is_unplugged_and_comes_back(mouse):
    device, hids = mouse
    hids[-1].unplugged = True
    assert device.read(0.0)[-1].gone
    assert device.read(1.1)[-1].gone
    hids[-1].unplugged = False
    hids[-1].reports = []
    assert device.read(2.2) == []
