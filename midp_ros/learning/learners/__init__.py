"""Learners: what a policy is, and what its training descends, by the name in a training configuration.

learner              the protocol, and the learner of a configuration
diffusion            ours: a denoiser, the regulariser, and penalties
behaviour_cloning    a network that answers at once: the mean, or a mixture
sde_cloning          the mean, drawn to where demonstrations are dense by a diffusion model (chunk_diffusion)
draw                 draws by the noise that an answer is given
ik_net               an inverse kinematics: position of the tool to joints
"""
