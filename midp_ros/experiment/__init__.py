"""An experiment: a grid of trainings, the result of each, and the report on all.

Imports core and learning's configuration; numpy and PyYAML, and matplotlib where plots are drawn. No torch.

    config -> grid of runs -> (the command line trains and evaluates) -> results -> cells -> report, plots
"""
