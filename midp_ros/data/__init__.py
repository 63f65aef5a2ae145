"""Data sets of episodes: measured, judged and edited; imports core and recording, no ROS and no torch."""
