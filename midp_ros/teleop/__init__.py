"""Teleoperation: a person's devices as one Policy, run by the loop of a learned one; imports core and kinematics.

devices -> DeviceWatch: counts its motion? -> Arbiter: which device has the arm -> OperatorInput
    -> Teleoperation: tool targets, gripper width -> the policy's loop: tracking, shaping, supervision

inputs            the words of a device: velocity, hand pose, leader's joints, dead man's switch, named events
device            the protocol, and what a factory of the seam `midp_ros.devices` receives
devices/          keyboard, gamepad, SpaceMouse: devices that this process reads by itself
device_watch, arbiter, operator_input   from several devices to one command
clutch, leader_sync   from hand poses to a goal; from leader's joints to the arm's
tool_reference    the tool's target: bounded speed and acceleration, a workspace box
teleoperation     the Policy; tracker follows its chunks
"""
