"""An arm led by hand in mode GUIDING: the demonstration succeeds, and its actions are the poses that follow."""

import numpy as np

from midp_ros.core.contract import Contract
from midp_ros.core.episode import GUIDED_AHEAD_STEPS
from midp_ros.core.robot_mode import RobotMode
from midp_ros.expert.leading_hand import LeadingHand
from midp_ros.expert.pick import PickRule
from midp_ros.simulation import Simulation
from midp_ros.simulation.arm.robot_options import RobotOptions
from midp_ros.simulation.guided_episode import PULL_S, guided_episode

CONTRACT = Contract.load("pick")


class Steps:
    def __init__(self):
        self.times, self.observations, self.actions, self.modes = [], [], [], []

    def step(self, time_s, observation, action):
        self.times.append(time_s)
        self.observations.append(observation)
        self.actions.append(action)


def test_a_person_leads_the_arm_through_a_pick_and_the_actions_are_what_followed():
    simulation = Simulation("pick", options=RobotOptions(reflexes=True))
    steps = Steps()
    person = LeadingHand(PickRule(), PULL_S)
    seen, pull = set(), person.pull
    person.pull = lambda *arguments: seen.add(simulation.robot.modes.mode) or pull(*arguments)
    outcome = guided_episode(simulation, person, CONTRACT, 3, steps)
    assert outcome.success and not outcome.reflexes and seen == {RobotMode.GUIDING}
    observed, issued = np.array(steps.observations), np.array(steps.actions)
    np.testing.assert_allclose(np.diff(steps.times), CONTRACT.step_s, atol=1e-9)
    for name in ("tool_position", "tool_rotation"):
        there, action = observed[:, CONTRACT.observation_slices[name]], issued[:, CONTRACT.action_slices[name]]
        np.testing.assert_array_equal(action[:-GUIDED_AHEAD_STEPS], there[GUIDED_AHEAD_STEPS:])
    width_m = issued[:, CONTRACT.action_slices["gripper_width"]]
    assert width_m[0] > 0.07 and width_m[-1] < 0.01, "the gripper's actions are what the person's key asked for"
