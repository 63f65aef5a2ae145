"""Conditions for motion: observations, robot, controller, operator, clock.

    observation_monitor   age and values of each observation; ends by itself
    observation_gate      a control step waits briefly for messages that are about to arrive
    contact_guard         a motion that presses towards the robot's collision reflex is stopped
    latched_stop          the arm stays stopped until an operator resets it, even after the cause is gone
    recovery              the steps after a reflex, each with a time limit
    robot_condition       mode, errors, controller
    clock_watch           jumps of a clock
"""
