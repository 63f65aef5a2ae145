"""Hand-overs by name, and real-time chunking's bookkeeping."""

from pathlib import Path

import numpy as np
import pytest

from midp_ros.control import HandOverError
from midp_ros.control.chunks.chunk_hand_over import with_handover
from midp_ros.control.chunks.ensemble import Ensembling
from midp_ros.core.chunk import ActionChunk
from midp_ros.core.contract import Contract
from midp_ros.core.errors import UnknownNameError
from midp_ros.core.window import ObservationWindow
from midp_ros.expert import make_expert

CONTRACT = Contract.load(Path(__file__).parents[3] / "config" / "contracts" / "pick.yaml")


class Noted:
    """A policy that can inpaint and notes what it was asked to fit."""

    contract, executed_steps, can_inpaint = CONTRACT, 8, True

    def __init__(self):
        self.asked = []

    def reset(self, seed):
        pass

    def act(self, window, prefix=None, frozen_steps=0):
        self.asked.append((prefix, frozen_steps))
        return ActionChunk(np.full((15, CONTRACT.action_size), len(self.asked)), window.time_s, 0.1)


def window_at(time_s):
    window = ObservationWindow(CONTRACT)
    window.push(time_s, np.zeros(CONTRACT.observation_size))
    return window


def test_inpainting_freezes_what_will_be_past_of_the_chunk_before():
    policy, past = Noted(), iter([0, 2, 1, 0])
    chunking = with_handover(policy, "inpaint", lambda: next(past))
    chunks = [chunking.act(window_at(t)) for t in (0.0, 0.8, 1.6)]
    chunking.reset(1)
    chunking.act(window_at(0.0))
    assert policy.asked == [(None, 0), (chunks[0], 2), (chunks[1], 1), (None, 0)]
    assert chunking.executed_steps == 8


def test_a_switch_is_the_policy_itself_and_an_ensemble_takes_any():
    expert = make_expert("pick", CONTRACT)
    assert with_handover(expert, "switch", lambda: 0) is expert
    assert isinstance(with_handover(expert, "ensemble", lambda: 0), Ensembling)


def test_a_policy_that_cannot_inpaint_is_refused_by_name():
    with pytest.raises(HandOverError, match="ScriptedExpert cannot: take switch or ensemble"):
        with_handover(make_expert("pick", CONTRACT), "inpaint", lambda: 0)
    old = Noted()
    old.can_inpaint, old.path = False, "models/old.onnx"
    with pytest.raises(HandOverError, match="models/old.onnx cannot"):
        with_handover(old, "inpaint", lambda: 0)


def test_an_unknown_hand_over_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="unknown hand-over 'drop'; known: auto, ensemble, inpaint, switch"):
        with_handover(Noted(), "drop", lambda: 0)


def test_by_itself_it_takes_what_the_table_in_the_docs_found_best():
    expert = make_expert("pick", CONTRACT)
    assert isinstance(with_handover(Noted(), "auto", lambda: 0), Ensembling)
    assert with_handover(expert, "auto", lambda: 0) is expert  # it plans anew at every step


def test_by_itself_it_takes_what_the_policy_was_trained_to_be_run_with():
    policy = Noted()
    policy.handover = "switch"
    assert with_handover(policy, "auto", lambda: 0) is policy
    assert isinstance(with_handover(policy, "ensemble", lambda: 0), Ensembling), "asked for, it is another one"
    policy.handover = "drop"
    with pytest.raises(UnknownNameError, match="unknown hand-over 'drop'"):
        with_handover(policy, "auto", lambda: 0)
