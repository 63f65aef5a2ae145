"""The start of a node's process."""

import os
import subprocess
import sys

CODE = """
import os
from midp_ros.nodes.ros.starting import load
load("ros.conversions:stamp_from_seconds")
import numpy
print(len(os.listdir("/proc/self/task")))
"""


def test_numpy_starts_no_threads_in_a_node():
    unset = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS")
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"], "threads that spin with the real-time priority of the node's"
