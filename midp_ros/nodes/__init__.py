"""The ROS 2 nodes: thin shells around control, inference, expert, simulation and recording.

The only folder that imports ROS. A module here is a node's entry point, `python -m midp_ros.nodes.policy_node`; its
class is in a room:

    ros           what every node needs of rclpy: conversions, parameters, start and stop, subscriptions, servers
    observations  the contract's topics as samples
    commands      trajectories or setpoints for the arm, goals for the gripper
    safety        robot state, competing publishers, clock jumps, recovery: what holds the arm
    policy        the lifecycle nodes `policy` and `expert`, and their loop
    episodes      the nodes `recorder` and `evaluation`
    deployment    the node `deployment`: checks, start motion, confirmation, activation
    operator      the commands `midp confirm`, `stop`, `resume`, `recover` and `status`
    doctor        a snapshot of the graph
    viewer        the node `viewer`: a web page that shows the arm live
    stand_in      the node `franka_simulation`: a Franka's topics, services and actions
"""
