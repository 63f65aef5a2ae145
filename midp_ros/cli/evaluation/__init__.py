"""What `midp evaluate` runs."""
