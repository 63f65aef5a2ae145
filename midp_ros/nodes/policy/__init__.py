"""The lifecycle node and the loop that run any policy over topics."""
