"""Scripted experts, one per task, built on inverse kinematics of the tool; imports core and kinematics."""

from midp_ros.expert.disturbance import ToolDisturbance
from midp_ros.expert.experts import EXPERTS, make_expert
from midp_ros.expert.motion import SpeedLimits
from midp_ros.expert.scripted import Rule

__all__ = ["EXPERTS", "Rule", "SpeedLimits", "ToolDisturbance", "make_expert"]
