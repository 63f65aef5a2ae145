"""The only folder that imports ROS: thin nodes around control, inference, expert, simulation and recording."""
