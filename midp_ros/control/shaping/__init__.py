"""Joint motions within position, velocity, acceleration and jerk limits, and how they stop."""
