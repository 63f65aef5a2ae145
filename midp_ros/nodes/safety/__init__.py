"""What may keep a policy from moving the arm, read from the graph."""
