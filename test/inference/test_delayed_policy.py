"""A policy whose answers come later."""

import time

import numpy as np
from test_onnx_policy import CONTRACT, window, write_model

from midp_ros.inference.delayed_policy import DelayedPolicy
from midp_ros.inference.onnx_policy import OnnxPolicy


def test_the_answers_are_the_same_and_later(tmp_path):
    plain = OnnxPolicy(write_model(tmp_path / "m.onnx"))
    late = DelayedPolicy(OnnxPolicy(plain.path), 0.1)
    assert (late.contract, late.executed_steps, late.can_inpaint) == (CONTRACT, 2, False)
    assert late.provider == plain.provider
    for policy in (plain, late):
        policy.reset(3)
    started_s = time.monotonic()
    answer = late.act(window())
    assert time.monotonic() - started_s >= 0.1
    np.testing.assert_array_equal(answer.actions, plain.act(window()).actions)
