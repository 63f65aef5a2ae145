"""The topics, services and actions of a Franka under franka_ros2, on the simulated robot.

simulation_node       builds all of it; simulation_clock keeps pace with real time
command_queue, trajectory_controller, target_follower   inputs
state_topics, state_messages, robot_state_message, frame_topics, task_topics, camera_topics, clock_topic   outputs
picture_stream        test pictures at a camera's full rate
second_robot          refuses to start beside another robot
robot_actions, setting_services, simulated_gripper, stand_in_controls   servers
"""
