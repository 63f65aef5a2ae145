"""What one run of `midp experiment` does."""
