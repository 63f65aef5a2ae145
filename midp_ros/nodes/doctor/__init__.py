"""The graph and its messages as the doctor's snapshot.

doctor_node -> graph_reading (endpoints, services), topic_listener (messages) -> midp_ros.doctor.Snapshot
"""
