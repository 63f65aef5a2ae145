"""Simulated cameras, drawn in a process of their own."""
