"""The graph and its messages as the doctor's snapshot."""
