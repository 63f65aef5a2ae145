"""What would harm a training is found, and named by reason; a good episode has no finding."""

import numpy as np
import pytest
from moving_episodes import moving

from midp_ros.core.errors import FileFormatError
from midp_ros.data.judgement import Severity, judge
from midp_ros.data.motion import figures
from midp_ros.data.survey import survey
from midp_ros.recording import write_episode


def reasons(episode):
    return {finding.reason: finding.severity for finding in judge(episode)}


def test_a_good_episode_has_no_finding():
    assert judge(moving()) == []
    found = figures(moving())
    assert found.duration_s == pytest.approx(3.9) and found.rate_hz == pytest.approx(10)
    assert found.idle_share < 0.05 and found.path_length == pytest.approx(0.38, abs=0.15)


@pytest.mark.parametrize(
    ("reason", "severity", "harm"),
    [
        ("times", Severity.ERROR, lambda e: e.time_s.__setitem__(slice(20, None), e.time_s[20:] - 5)),
        ("times", Severity.ERROR, lambda e: e.time_s.__imul__(1.5)),
        ("gap", Severity.WARNING, lambda e: e.time_s.__setitem__(slice(20, None), e.time_s[20:] + 5)),
        ("no rotation", Severity.ERROR, lambda e: e.observation[:, 10:16].__imul__(1.1)),
        ("actions repeat the observation", Severity.ERROR, lambda e: e.action.__setitem__(
            (slice(None), slice(0, 3)), e.column("tool_position"))),
        ("frozen observation", Severity.ERROR, lambda e: e.observation.__setitem__(
            (slice(5, 30), slice(7, 10)), e.observation[5, 7:10])),
        ("marked as a failure", Severity.NOTE, lambda e: e.info.__setitem__("success", False)),
    ],
)  # fmt: skip
def test_a_harm_is_found(reason, severity, harm):
    episode = moving()
    harm(episode)
    assert reasons(episode) == {reason: severity}


def test_standing_still_is_found():
    assert reasons(moving(still=(20, 5))) == {"idle": Severity.WARNING}
    still = moving()
    still.observation[:] = still.observation[0]
    still.action[:] = still.action[0]
    assert reasons(still)["never moves"] is Severity.ERROR


def test_limits_of_the_contract_are_judged():
    from dataclasses import replace

    from midp_ros.core.episode import Episode

    whole = moving()
    limited = [
        replace(e, low=(0.0, -1.0, 0.0), high=(1.0, 1.0, 0.45), max_speed=0.05) if e.name == "tool_position" else e
        for e in whole.contract.observation
    ]
    contract = replace(whole.contract, observation=tuple(limited))
    found = judge(Episode(contract, whole.time_s, whole.observation, whole.action, {}, "it"))
    assert {f.reason for f in found} == {"beyond the contract's limits", "jumps"}
    assert any("tool_position[2]" in f.details and "above 0.45" in f.details for f in found)


def test_a_set_shows_damage_mixture_and_duplicates(tmp_path):
    write_episode(tmp_path / "episode_000000.mcap", moving(0))
    write_episode(tmp_path / "episode_000001.mcap", moving(0))
    write_episode(tmp_path / "episode_000002.mcap", moving(2))
    (tmp_path / "episode_000002.mcap").write_bytes((tmp_path / "episode_000002.mcap").read_bytes()[:2000])
    (tmp_path / "episode_000003.mcap.part").write_bytes(b"")
    count, findings = survey(tmp_path)
    assert count == 3
    assert [(f.reason, f.severity.value) for f in findings] == [
        ("unfinished", "note"), ("duplicate", "warning"), ("unreadable", "error"),
    ]  # fmt: skip
    with pytest.raises(FileFormatError, match="holds no episodes"):
        (tmp_path / "empty").mkdir()
        survey(tmp_path / "empty")


def test_figures_of_a_single_step():
    one = moving(steps=40)
    from midp_ros.data.cutting import part

    found = figures(part(one, 3, 4).episode)
    assert found.steps == 1 and np.isnan(found.rate_hz) and found.duration_s == 0
