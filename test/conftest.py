"""Keeps the tests' ROS on this machine, and apart from any other run's, before anything loads rclpy."""

import os
import zlib

_run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# 1 to 101: beyond, the ports of DDS reach into those that Linux hands out.
os.environ["ROS_DOMAIN_ID"] = str(1 + (zlib.crc32(_run.encode()) + _worker) % 101)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
