"""A client of Franka's control interface: plays a policy through libfranka, as franka_hardware and a controller do.

joint_interfaces   setpoints as libfranka's commands: positions, velocities, torques
robot              the arm through pylibfranka, cycle by cycle
gripper            the hand through pylibfranka, in processes of their own
simulation         the stand-in behind its control interface, with the methods of `simulation.Simulation`
"""
