"""Episodes of `midp evaluate`: in lock step, several processes side by side, and Push-T's."""
