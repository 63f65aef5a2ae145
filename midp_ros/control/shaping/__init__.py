"""Joint motions within position, velocity, acceleration and jerk limits, and their stops; docs/shaping.md.

    command_shaper       period by period: quintic_tracker proposes, feasibility_check accepts, stop_on_grid remains
    shaped_motion        a desired motion as a trajectory: its head at once, the remainder on demand
    trajectory_splice    where a new motion leaves the running one
    stop_trajectory      all joints to rest together
    collision_check      refuses motions into the arm itself or the table
    limits, quintic, time_optimal   the share of the limits that is used; polynomials; ruckig
"""
