"""What an operator asks a running policy or deployment for, from the command line."""
