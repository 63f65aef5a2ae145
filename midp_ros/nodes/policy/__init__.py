"""The lifecycle nodes that run a policy, a scripted expert or a recorded episode over topics, with one loop for both.

policy_node, expert_node, replay_node -> policy_loop_node -> policy_loop (control.PolicyRunner, on an inference_thread)
single_node   one of a name on a machine
"""
