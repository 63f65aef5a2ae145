"""A deployment: checks, start motion and the operator's confirmation before the policy moves the arm."""
