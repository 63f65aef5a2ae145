"""`midp plan`: the goal, the summary, files and the picture."""
