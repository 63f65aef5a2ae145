"""A URDF whose fixed links have become part of the links that carry them; imports core and pinocchio."""

from __future__ import annotations

from functools import lru_cache
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pinocchio as pin

from midp_ros.core.arrays import Array


@lru_cache(maxsize=8)
def without_fixed_links(urdf: str, visuals: bool = True) -> str:
    """The same robot without fixed joints, on request without what is only seen; the root's inertia stays as it is.

    Bullet merges fixed links, too, but misplaces their centre of mass: a Franka Hand's by 5 cm, which leaves 0.1 Nm of
    gravity at joint 5 in usual postures.
    """
    model, robot = pin.buildModelFromXML(urdf), ElementTree.fromstring(urdf)
    links = {link.get("name"): link for link in robot.iterfind("link")}
    for joint in robot.findall("joint[@type='fixed']"):
        parent, child = links[_name(joint, "parent")], links.pop(_name(joint, "child"))
        placement = _pose(joint)
        for part in child.findall("visual") + child.findall("collision"):
            _place(part, placement * _pose(part))
            parent.append(part)
        for other in robot.findall("joint"):
            if _name(other, "parent") == child.get("name"):
                _place(other, placement * _pose(other))
                other.find("parent").set("link", str(parent.get("name")))  # type: ignore[union-attr]
        robot.remove(joint)
        robot.remove(child)
    for link in robot.iterfind("link") if not visuals else ():
        for visual in link.findall("visual"):
            link.remove(visual)
    for joint in robot.iterfind("joint"):
        if model.existJointName(name := joint.get("name", "")):
            _set_inertia(links[_name(joint, "child")], model.inertias[model.getJointId(name)])
    return ElementTree.tostring(robot, encoding="unicode")


def _name(joint: Element, tag: str) -> str:
    element = joint.find(tag)
    assert element is not None, f"a joint has no {tag}"
    return element.get("link", "")


def _pose(element: Element) -> pin.SE3:
    origin = element.find("origin")
    given = {} if origin is None else origin.attrib
    rpy, xyz = ([float(x) for x in given.get(key, "0 0 0").split()] for key in ("rpy", "xyz"))
    return pin.SE3(pin.rpy.rpyToMatrix(*rpy), np.array(xyz))


def _place(element: Element, pose: pin.SE3) -> None:
    origin = element.find("origin")
    origin = ElementTree.SubElement(element, "origin") if origin is None else origin
    origin.set("rpy", _text(pin.rpy.matrixToRpy(pose.rotation)))
    origin.set("xyz", _text(pose.translation))


def _set_inertia(link: Element, body: pin.Inertia) -> None:
    if (inertial := link.find("inertial")) is not None:
        link.remove(inertial)
    inertial = ElementTree.SubElement(link, "inertial")
    ElementTree.SubElement(inertial, "origin", xyz=_text(body.lever))
    ElementTree.SubElement(inertial, "mass", value=repr(float(body.mass)))
    (xx, xy, xz), (_, yy, yz), (_, _, zz) = body.inertia.tolist()
    values = {"ixx": xx, "ixy": xy, "ixz": xz, "iyy": yy, "iyz": yz, "izz": zz}
    ElementTree.SubElement(inertial, "inertia", {name: repr(value) for name, value in values.items()})


def _text(numbers: Array) -> str:
    return " ".join(map(repr, numbers.tolist()))
