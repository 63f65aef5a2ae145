"""Animations and figures of episodes and chunks."""
