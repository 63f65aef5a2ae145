"""The loop around a policy: observation window in, chunk, motion, commands out."""
