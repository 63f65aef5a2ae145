"""LeRobotDataset v3.0 and v2.1, written with pyarrow and PyAV; no ROS, and no LeRobot."""
