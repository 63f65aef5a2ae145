"""Jobs run one at a time and in order, and say when they are done."""

import threading
import time
import weakref
from functools import partial

from midp_ros.nodes.policy.inference_thread import InferenceThread


def test_a_job_says_when_it_is_done_and_not_before():
    thread, go, order = InferenceThread(), threading.Event(), []

    def slow():
        go.wait(10.0)
        order.append("slow")

    first, second = thread.submit(slow), thread.submit(lambda: order.append("quick"))
    assert not first.wait(0.05) and not second.is_set() and not order
    go.set()
    assert second.wait(10.0) and first.is_set()
    assert order == ["slow", "quick"]


def test_between_jobs_it_keeps_nothing_alive():
    """What it kept would still be there when the interpreter ends, and ruckig then prints a page of leaks."""
    thread, kept = InferenceThread(), type("Kept", (), {})()
    alive = weakref.ref(kept)
    assert thread.submit(partial(id, kept)).wait(10.0)
    del kept
    end_s = time.monotonic() + 10.0
    while alive() is not None and time.monotonic() < end_s:  # "done" is said before the job is let go
        time.sleep(0.001)
    assert alive() is None
