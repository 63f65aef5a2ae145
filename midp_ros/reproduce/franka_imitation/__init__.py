"""The Franka text: a network learns inverse kinematics in seconds, and the arm follows what was drawn.

pairs       an IK solver's pairs, position of the tool to joints
recipe      the text's training, as it states it, and with what it lacks
following   drawings followed on the stand-in, with reflexes
policies    what follows: the solver, the network, and policies learned from demonstrations
figures     curves and drawings
parts       the measurements
findings    the page: tables, figures and the verdict
"""
