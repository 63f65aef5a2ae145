"""Whether the arm may move: observations, the robot's condition, latched stops, recovery."""
