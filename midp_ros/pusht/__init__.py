"""Push-T (Florence et al. 2021; Chi et al. 2023): its demonstrations, its environment and the score of a policy on it.

Imports core; zarr for the demonstrations, gymnasium and gym_pusht for the environment (the extra `pusht`).
"""
