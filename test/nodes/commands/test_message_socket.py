"""Messages between two processes, here between two ends in one."""

import pickle
import socket
import struct
import time

import numpy as np

from midp_ros.nodes.commands.message_socket import MessageSocket


def test_messages_of_any_size_come_whole_and_in_order():
    near, far = (MessageSocket(end) for end in socket.socketpair())
    near.put("first")
    near.put(("second", np.arange(10_000)))
    near.put(None)
    got = []
    while len(got) < 3:
        got += far.get(1.0)
    assert got[0] == "first" and got[1][0] == "second" and got[2] is None
    np.testing.assert_array_equal(got[1][1], np.arange(10_000))
    assert far.get() == []


def test_half_a_message_keeps_nobody_waiting():
    raw, end = socket.socketpair()
    far, data = MessageSocket(end), pickle.dumps("late")
    whole = struct.pack("=Q", len(data)) + data
    for cut in range(1, len(whole)):
        raw.sendall(whole[:cut])
        assert far.get() == []
        raw.sendall(whole[cut:])
        assert far.get(1.0) == ["late"]


def test_an_end_that_has_left_is_known_and_what_it_said_is_heard():
    near, far = (MessageSocket(end) for end in socket.socketpair())
    near.put("last word")
    near.close()
    assert far.get(1.0) == ["last word"]
    assert far.get(1.0) == [] and far.gone
    far.put("nobody hears this")


def test_an_end_that_takes_nothing_any_more_counts_as_gone():
    near, far = (MessageSocket(end) for end in socket.socketpair())
    began_s = time.monotonic()
    while not near.gone:
        near.put(np.zeros(10_000))
        assert time.monotonic() < began_s + 10.0, "it waits for ever"
    got = []
    while not far.gone:
        got += far.get(1.0)
    assert got and all(len(message) == 10_000 for message in got), "what was cut off is left out"
