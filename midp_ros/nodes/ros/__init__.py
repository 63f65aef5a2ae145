"""What every node needs of rclpy: conversions, parameters, start and stop, subscriptions, servers.

starting, running, waiting        start, spin, stop; quiet on SIGINT, never waiting in silence
conversions, status_conversions   between messages and core's types
parameters, robot_names           declared with range and description; names of joints and frames
polled_subscription, packed_*     messages that are read when they are needed, or as bytes
endpoints                         publishers and subscriptions of a topic, by the process that has them
callback_groups, steady_timer, real_time   what an executor checks when; timers; thread priority
lifecycle_client, robust_lifecycle, deferred_action_server   lifecycle and actions
"""
