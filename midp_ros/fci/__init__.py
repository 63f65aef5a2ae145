"""Franka's control interface (FCI): the wire that libfranka uses, a server with the simulated robot behind it; no ROS.

The layouts are those of libfranka's public protocol headers (libfranka-common, Apache-2.0), protocol version 10.
"""
