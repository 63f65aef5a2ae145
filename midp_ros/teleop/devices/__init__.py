"""Devices that this process reads by itself; each imports its library when it is opened.

queued      inputs that another part of the process brings: a topic's messages, a test's script
"""
