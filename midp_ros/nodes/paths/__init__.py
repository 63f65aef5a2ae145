"""A drawn path by a node's parameters."""
