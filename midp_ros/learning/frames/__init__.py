"""Frames other than the base in which a policy sees and commands; imports core and torch.

scene_frame   that of an object on the table, planar: the policy is equivariant to motions of the scene on the table
tool_frame    the tool's own, of all six degrees: commands are what a camera on the hand shows
"""
