"""Trials: faults on purpose, and what came of them.

late_messages    passes trajectories on late, or not at all
"""
