"""The command line `midp`: one module per command; imports everything but nodes, each command only what it needs.

app                         the commands, and errors in one line
evaluation, experiments, benchmarks, training, pictures, terminal   their helpers
"""
