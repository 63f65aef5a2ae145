"""Learners that act in an environment while they learn: a judge tells demonstrated from own steps, PPO maximises it.

config          the section `learner` of these learners
step_policy     the policy: one step's change of what it commands, and the chunk that is exported
judges          what tells demonstrated steps from the policy's own, and the reward that follows from it
task_vec_env    a task's environments for stable-baselines3, in the policy's view
generator       PPO on the exported policy's own weights
training        the loop: act, judge, improve
learner         gail, gail_gp, drail and dil by their names
reward_map      what a judge rewards around a goal of `reach`, as a map

Imports core, learning, simulation and stable-baselines3 (extra `rl`).
"""
