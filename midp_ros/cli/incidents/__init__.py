"""Commands about what stopped the arm, and about what a model is good for."""
