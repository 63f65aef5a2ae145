"""What `midp record` does."""
