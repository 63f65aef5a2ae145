"""A policy in closed loop: observation window in, chunk, motion, commands out.

    runner            the loop: observations in, each control step; run holds what lasts up to the next hold
    plan_cycle        asks for a plan on the inference thread, and applies it in time
    motion_sender     motions, remainders and stops, as far as the delivery allows
    chunk_planner     the plan: policy, chunk hand-over, tool tracking, shaping; on the inference thread
    commanded_motion  the motion that was sent, and its remainder
    command_sink      trajectories and gripper goals to the outputs
    controller_state  what the trajectory controller publishes of itself
    sent_message      what was sent, and what became of it
    delivery          which message the controller runs, and whether another one may be sent
    start_pose        the motion to a skill's start pose
    planning_latency, latency_profile   how far ahead to plan; where the time goes
"""
