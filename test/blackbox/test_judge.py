"""The judge names the culprit of planted causes, from the files' bytes alone."""

import pytest
from planted_causes import PLANTED, incident, lost, overtaken

from midp_ros.blackbox import judge, read_recording
from midp_ros.blackbox.excess import ERRORS

CASES = [
    pytest.param(plant, culprit, id=f"{culprit}-{number}")
    for culprit, plants in PLANTED.items()
    for number, plant in enumerate(plants)
]
# Only the sender knows that there was a message that the robot never received.
NEEDS_BOTH = (lost, overtaken)


def test_there_are_twenty_causes_and_more():
    assert len(CASES) >= 20
    assert all(len(plants) >= 4 for plants in PLANTED.values())


@pytest.mark.slow
@pytest.mark.parametrize("plant, culprit", CASES)
def test_names_the_planted_culprit(plant, culprit, tmp_path):
    recordings = []
    for side, content in sorted(incident(plant).items()):
        path = tmp_path / f"{side}.mcap"
        path.write_bytes(content)
        recordings.append(read_recording(path))
    policy, robot = recordings
    verdict = judge(robot, policy)
    assert verdict.culprit.value == culprit, verdict
    if plant not in NEEDS_BOTH:
        assert judge(robot).culprit.value == culprit
    if robot.trigger.errors:  # the stand-in's own judgement of the same cycle
        named = [ERRORS[error] for error in robot.trigger.errors]
        source, _, limit = verdict.limit.partition(" ")
        assert any(source == (s or source) and limit == (what or limit) for s, what in named)
    assert abs(verdict.time_s - robot.trigger.time_s) < 0.05
    assert verdict.evidence and verdict.sentence and verdict.remedy
