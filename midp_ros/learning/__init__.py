"""Learning a skill: diffusion policy, its regulariser, training and export; imports core and torch.

Episodes -> dataset -> training -> checkpoint -> export -> ONNX
                          |
    policy = features -> normalizer -> denoiser (schedule) ;  regulariser = statistics network + mutual information
"""
