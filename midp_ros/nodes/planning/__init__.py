"""MoveIt's own process, which midp_ros.planning.moveit starts."""
