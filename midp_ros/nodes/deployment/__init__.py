"""What a deployment does before the policy moves the arm."""
