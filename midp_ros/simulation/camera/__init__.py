"""Simulated cameras, rendered by a separate process.

    camera_process    starts the renderer, sends it the poses of all bodies
    camera_worker     the renderer
    camera            intrinsics and placement
"""
