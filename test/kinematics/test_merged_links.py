"""Fixed links become part of those that carry them: the same bodies in the same places."""

from xml.etree import ElementTree

import numpy as np
import pinocchio as pin
import pytest

from midp_ros.kinematics import RobotProfile
from midp_ros.kinematics.merged_links import without_fixed_links

CHAIN = """<robot name="r">
  <link name="base"/>
  <joint name="a" type="revolute"><parent link="base"/><child link="arm"/><origin xyz="0 0 1"/><axis xyz="0 0 1"/>
    <limit lower="-1" upper="1" effort="1" velocity="1"/></joint>
  <link name="arm"><inertial><origin xyz="0 0 0.1"/><mass value="1"/>
    <inertia ixx="0.1" ixy="0" ixz="0" iyy="0.1" iyz="0" izz="0.1"/></inertial></link>
  <joint name="b" type="fixed"><parent link="arm"/><child link="flange"/><origin xyz="0 0 0.5" rpy="0 1 0"/></joint>
  <link name="flange"/>
  <joint name="c" type="fixed"><parent link="flange"/><child link="hand"/><origin xyz="0.1 0 0" rpy="0 0 0.5"/></joint>
  <link name="hand"><inertial><origin xyz="0 0.2 0"/><mass value="2"/>
    <inertia ixx="0.1" ixy="0.01" ixz="0" iyy="0.2" iyz="0" izz="0.1"/></inertial>
    <visual><geometry><box size="1 1 1"/></geometry></visual>
    <collision><origin xyz="0 0 0.3" rpy="0.2 0 0"/><geometry><box size="1 2 3"/></geometry></collision></link>
  <joint name="d" type="prismatic"><parent link="hand"/><child link="finger"/><origin xyz="0 0 0.1"/><axis xyz="0 1 0"/>
    <limit lower="0" upper="1" effort="1" velocity="1"/></joint>
  <link name="finger"><inertial><mass value="0.1"/>
    <inertia ixx="0.1" ixy="0" ixz="0" iyy="0.1" iyz="0" izz="0.1"/></inertial></link>
</robot>"""


@pytest.mark.parametrize("urdf", [CHAIN, *(RobotProfile.load(n).urdf_path.read_text() for n in ("fr3", "panda"))])
def test_bodies_and_their_places_are_the_same(urdf):
    merged = without_fixed_links(urdf, visuals=False)
    assert 'type="fixed"' not in merged and "<visual>" not in merged
    one, other = pin.buildModelFromXML(urdf), pin.buildModelFromXML(merged)
    assert list(one.names) == list(other.names)
    for a, b in zip(list(one.inertias)[1:], list(other.inertias)[1:], strict=True):
        assert a.isApprox(b, 1e-9)
    for a, b in zip(one.jointPlacements, other.jointPlacements, strict=True):
        assert a.isApprox(b, 1e-9)


def test_what_collides_stays_where_it_is():
    robot = ElementTree.fromstring(without_fixed_links(CHAIN))
    assert [link.get("name") for link in robot.iterfind("link")] == ["base", "arm", "finger"]
    origin = robot.find("link[@name='arm']/collision/origin")
    placed = pin.SE3(
        pin.rpy.rpyToMatrix(*map(float, origin.get("rpy").split())), np.array(origin.get("xyz").split(), float)
    )
    turned = pin.SE3(pin.rpy.rpyToMatrix(0, 1, 0), np.array([0, 0, 0.5]))
    wanted = turned * pin.SE3(pin.rpy.rpyToMatrix(0, 0, 0.5), np.array([0.1, 0, 0]))
    wanted = wanted * pin.SE3(pin.rpy.rpyToMatrix(0.2, 0, 0), np.array([0, 0, 0.3]))
    assert placed.isApprox(wanted, 1e-9)
    assert robot.find("link[@name='arm']/visual") is not None
