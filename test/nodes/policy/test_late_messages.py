"""Trajectories that are late, lost or out of order between a policy and its controller trip no reflex."""

from midp_ros.nodes.policy.expert_node import ExpertNode
from midp_ros.nodes.trials.late_messages import LateMessages

CONTROLLER = "fr3_arm_controller"


def test_a_goal_is_reached_over_a_bad_way_to_the_position_interface(graph, stand_in):
    """The controller is reached by another name, and its state is found by the name that it was given."""
    robot = stand_in(interface="position", seed=3)
    graph.build(LateMessages, source="late/joint_trajectory", target=f"{CONTROLLER}/joint_trajectory", seed=5)
    state = f"{CONTROLLER}/controller_state"
    graph.build(ExpertNode, task="reach", arm_controller="late", controller_state=state)
    simulation = robot.node._simulation
    assert graph.spin_until(lambda: simulation.status().success or simulation.robot.reflexes, 20.0)
    assert not simulation.robot.reflexes
