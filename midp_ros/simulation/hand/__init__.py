"""The Franka Hand: mechanism, controller and commands."""
