"""Commands for the arm and goals for the gripper.

command_output                         one interface for both ways, chosen by the parameter `output`
trajectory_output, packed_trajectory   one JointTrajectory per motion
stream_output, target_stream, message_socket   a process of its own that publishes setpoints at a fixed rate
controller_states, controller_state_topic   what a controller publishes of itself: read, and as the stand-in does it
gripper_client                         one gripper goal in flight, never blocking the arm
"""
