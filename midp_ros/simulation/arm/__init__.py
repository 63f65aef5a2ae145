"""The arm: drive, controllers' inputs, reflexes and state, as in Franka's control box."""
