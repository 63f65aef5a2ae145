"""The simulated control box: FCI's ports in a process of their own, and the task's topics here."""
