"""Helpers of `midp teleop` and of its measurements: the policy's loop in simulated time, scripted persons."""
