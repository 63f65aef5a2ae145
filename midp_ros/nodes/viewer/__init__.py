"""The node `viewer`: feeds a page of midp_ros.viewer from topics, and calls an operator's services from it."""
