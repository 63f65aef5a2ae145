"""Percentiles of durations and of periods."""
