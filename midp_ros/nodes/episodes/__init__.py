"""Episodes over ROS, one after the other, and the report on them."""
