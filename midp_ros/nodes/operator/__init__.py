"""An operator's requests to a running policy or deployment, from the command line."""
