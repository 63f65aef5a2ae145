"""Metrics, checkpoint, curves, action errors and verdict of a training run."""
