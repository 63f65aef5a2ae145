"""Measurements of `midp bench`: chunks, the loop over ROS, the stand-in's topics."""
