"""MoveIt as a planner: MoveItPy in a process of its own, under the Python of the ROS 2 installation."""
