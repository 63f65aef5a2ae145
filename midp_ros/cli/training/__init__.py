"""Where the data of a training comes from."""
