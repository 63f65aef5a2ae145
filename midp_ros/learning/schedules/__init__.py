"""How chunks become noise, by method: each a NoiseSchedule, made from its number of noise steps; imports torch."""

from collections.abc import Callable

from midp_ros.learning.schedules.cosine_schedule import CosineSchedule
from midp_ros.learning.schedules.flow_schedule import FlowSchedule
from midp_ros.learning.schedules.regression_schedule import RegressionSchedule
from midp_ros.learning.schedules.schedule import Level, NoiseSchedule
from midp_ros.learning.schedules.sde_schedules import VeSchedule, VpSchedule
from midp_ros.learning.schedules.two_step_schedule import TwoStepSchedule

SCHEDULES: dict[str, Callable[[int], NoiseSchedule]] = {
    "diffusion": CosineSchedule,
    "vp": VpSchedule,
    "ve": VeSchedule,
    "flow": FlowSchedule,
    "regression": RegressionSchedule,
    "two_step": TwoStepSchedule,
}

__all__ = [
    "SCHEDULES",
    "CosineSchedule",
    "FlowSchedule",
    "Level",
    "NoiseSchedule",
    "RegressionSchedule",
    "TwoStepSchedule",
    "VeSchedule",
    "VpSchedule",
]
