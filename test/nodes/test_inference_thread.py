"""Jobs run one at a time and in order, and say when they are done."""

import threading

from midp_ros.nodes.inference_thread import InferenceThread


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
