"""A policy in closed loop: observation window in, chunk, motion, commands out.

    runner            the loop: locks, asks for a plan and applies it; run holds what lasts for one activation
    chunk_planner     the plan: policy, chunk hand-over, tool tracking, shaping; on the inference thread
    commanded_motion  the motion that was sent, and its remainder
    command_sink      trajectories and gripper goals to the outputs
    delivery          which message the controller runs, and whether another one may be sent
    start_pose        the motion to a skill's start pose
    planning_latency, latency_profile   how far ahead to plan; where the time goes
"""
