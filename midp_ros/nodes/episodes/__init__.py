"""Episodes over ROS, one after the other: recorded or scored.

episode_driver                     reset, activate, wait, deactivate
recorder_node                      MCAP episodes
evaluation_node, evaluation_report scores and their JSON
"""
