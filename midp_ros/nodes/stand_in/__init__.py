"""The topics, services and actions of a Franka under franka_ros2, on the simulated robot."""
