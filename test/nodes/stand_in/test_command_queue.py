"""When commands act in the stand-in: at the millisecond at which they arrived, however late they are looked at."""

import time

import pytest
from std_msgs.msg import String

from midp_ros.nodes.stand_in.command_queue import CommandQueue


class Clockwork:
    """Stands for a simulation: counts milliseconds."""

    def __init__(self):
        self.cycles = 0

    @property
    def time_s(self):
        return self.cycles / 1000

    def advance(self, duration_s):
        assert duration_s >= 0
        self.cycles += round(1000 * duration_s)


@pytest.fixture
def bench(graph):
    class Bench:
        simulation, acted = Clockwork(), []

    start_s = time.time()
    queue = CommandQueue(graph.probe, Bench.simulation, lambda wall_s: wall_s - start_s)
    queue.subscribe(String, "words", lambda message: Bench.acted.append((Bench.simulation.time_s, message.data)), 10)
    Bench.queue, Bench.start_s = queue, start_s
    Bench.publisher = graph.probe.create_publisher(String, "words", 10)
    assert graph.spin_until(Bench.publisher.get_subscription_count)
    return Bench


def say(bench, word):
    """When it was sent at the earliest and at the latest [s]."""
    before_s = time.time() - bench.start_s
    bench.publisher.publish(String(data=word))
    after_s = time.time() - bench.start_s
    time.sleep(0.05)
    return before_s, after_s


@pytest.mark.parametrize("executed", [True, False], ids=["by the executor", "left to the queue"])
def test_commands_act_when_they_arrived_and_in_that_order(graph, bench, executed):
    said_s = [say(bench, word) for word in ("a", "b", "c")]
    if executed:
        graph.spin_for(0.1)
    assert not bench.acted
    bench.queue.advance(5.0)
    assert [word for _, word in bench.acted] == ["a", "b", "c"]
    for (acted_s, _), (before_s, after_s) in zip(bench.acted, said_s, strict=True):
        assert before_s <= acted_s <= after_s + 0.001  # with the millisecond that it waits for
    assert bench.simulation.time_s == pytest.approx(5.0)


def test_what_arrives_after_the_time_that_passes_waits(bench):
    said_s, _ = say(bench, "later")
    bench.queue.advance(said_s / 2)
    assert not bench.acted
    bench.queue.advance(5.0)
    assert len(bench.acted) == 1 and bench.acted[0][0] >= said_s


def test_a_reset_forgets_what_came_before_it(bench):
    say(bench, "old")
    bench.queue.clear()
    bench.queue.advance(5.0)
    assert not bench.acted


def test_what_was_sent_before_a_reset_and_arrives_after_it_does_not_act(graph, bench):
    bench.queue._arrival = lambda wall_s: wall_s - time.time() - 0.001  # the episode has just begun
    say(bench, "old")
    bench.queue.advance(5.0)
    assert not bench.acted
