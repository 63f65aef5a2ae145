"""What `midp data` does: one file a command."""
