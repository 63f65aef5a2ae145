"""The command line, `midp ...`; imports everything but nodes, each command only what it needs."""
