"""Take-overs in random moments on the strict stand-in: no reflex, no step.

`MIDP_TAKE_OVERS=200 pytest --timeout=0 test/cli/teleoperation/test_take_overs.py` makes so many.
"""

import os

import pytest

pytest.importorskip("pybullet")
from midp_ros.cli.teleoperation.take_overs import TakeOverSession
from midp_ros.core.package_files import model_path
from midp_ros.inference.onnx_policy import OnnxPolicy

TAKE_OVERS = int(os.environ.get("MIDP_TAKE_OVERS", "3"))
REACH = OnnxPolicy(model_path("reach"))


@pytest.mark.slow
def test_a_person_who_intervenes_and_hands_back_makes_no_step():
    session, seed = TakeOverSession(REACH), 10000
    while session.report.take_overs < TAKE_OVERS:
        session.run(seed, TAKE_OVERS)
        seed += 1
    report = session.report
    assert report.reflexes == 0 and report.hand_backs >= report.take_overs - report.episodes
    assert max(report.steps) <= 1.0, "of the joints' jerk"


def test_the_policy_alone_does_its_task_as_in_its_own_node():
    session = TakeOverSession(REACH, interventions=False)
    assert session.run(10000)
    assert session.report.take_overs == session.report.reflexes == 0
