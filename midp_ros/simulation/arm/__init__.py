"""The arm as in Franka's control box: drive, controllers' inputs, reflexes, settings and state."""
