"""From messages to a contract's values, by the attributes of messages alone.

Messages of rclpy, of rosbags out of a recording, and of any other library are read by the same code. Imports core and
kinematics, no ROS.

message_values  numbers out of standard messages
frame_changes   stamped messages in another frame
readers         from a message to one entry's values, by message type
framed_reader   the same in the entry's frame, as samples
image_reader    pictures in the contract's size
same_moment     of several cameras, the pictures of one moment
history         the last second of messages, as samples by entry name
"""
