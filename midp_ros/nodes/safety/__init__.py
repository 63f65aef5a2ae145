"""Everything that may keep a policy from moving the arm, read from the graph.

watchdog                         joins all of it; serves ~/stop, ~/resume, ~/recover
robot_watch, robot_state_reader  robot mode, errors, active controller; silence, restarts, a second robot
competing_publishers             another publisher on the command topic
clock_jumps                      a clock that was set or restarted
recovery_steps                   error recovery and activation, step by step
follower_state                   the state that a follower of setpoints publishes
setpoint_keepalive               setpoints at the arm's position while it is held
"""
