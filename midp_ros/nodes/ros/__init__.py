"""What every node needs of rclpy: conversions, parameters, start and stop, subscriptions, servers."""
