"""The node by which a person drives: devices of the package teleop, in the policy's loop.

teleop_node -> devices of this process and topic_devices -> policy_loop (control.PolicyRunner)
    episode_buttons   buttons that call the recorder's services
"""
