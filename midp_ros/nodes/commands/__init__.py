"""The arm's commands as trajectories or as a stream of joint targets, and the gripper's goals."""
