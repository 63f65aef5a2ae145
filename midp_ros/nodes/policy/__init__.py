"""The lifecycle nodes that run a policy or a scripted expert over topics, with one loop for both.

policy_node, expert_node -> policy_loop_node -> policy_loop (control.PolicyRunner, on an inference_thread)
single_node   one of a name on a machine
"""
