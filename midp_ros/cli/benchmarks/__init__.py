"""What `midp bench` measures."""
