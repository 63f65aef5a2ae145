"""A certificate is of one model's very bytes, holds only where every stage does, and survives its file."""

from dataclasses import replace

import pytest

from midp_ros.certify import (
    Certificate,
    Margin,
    Stage,
    certificate_lines,
    certificate_path,
    certification_seeds,
    read_certificate,
    sha256_of,
)
from midp_ros.core.errors import FileFormatError

MARGIN = Margin("velocity", "fr3_joint1", 0.9, 2.3, 2.62, "rad/s", 1.2, 1_000_000_001)
GOOD = Stage("in_process", "strict", "", 100, 100, 98, 0, 0.4, 1.8, (1, 100), (MARGIN,), {"inference_p99_ms": 2.0})
ABSENT = Stage("ros", "nodes", "ROS 2 is not there")


def certificate(*stages, sha256="0" * 64):
    return Certificate(
        "m.onnx", sha256, "reach", "fr3", "2026-11-28T12:00:00+00:00", "midp certify m.onnx", {"skill": "reach"},
        {"numpy": "2"}, {"cores": 2}, stages,
    )  # fmt: skip


def test_it_holds_where_every_stage_that_was_run_holds():
    assert certificate(GOOD).holds
    found = certificate(GOOD, ABSENT)
    assert found.holds
    assert found.missing == ("ros",)
    assert found.sentence == "certified on 2026-11-28, without ros"


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"reflexes": 1}, "1 reflexes"),
        ({"successes": 89}, "only 89 of 100 episodes succeeded"),
        ({"episodes": 99}, "only 99 of 100 episodes were run"),
        ({"problem": "interrupted"}, "interrupted"),
        ({"margins": (replace(MARGIN, used=1.01),)}, "velocity of fr3_joint1 at 1.01 of its limit"),
    ],
)
def test_it_does_not_hold_otherwise(change, fault):
    found = certificate(replace(GOOD, **change))
    assert not found.holds
    assert fault in found.sentence


def test_it_does_not_hold_without_the_stage_in_process():
    assert not certificate(replace(GOOD, name="ros")).holds
    assert not certificate().holds


def test_a_changed_model_has_none(tmp_path):
    model = tmp_path / "m.onnx"
    model.write_bytes(b"weights")
    found, why = read_certificate(model)
    assert found is None
    assert "midp certify" in why
    certificate(GOOD, sha256=sha256_of(model)).write(certificate_path(model))
    found, why = read_certificate(model)
    assert found == certificate(GOOD, sha256=sha256_of(model))
    assert not why
    model.write_bytes(b"weights.")
    found, why = read_certificate(model)
    assert found is None
    assert "it was changed after it was certified on 2026-11-28" in why


def test_a_damaged_file_is_named(tmp_path):
    model = tmp_path / "m.onnx"
    model.write_bytes(b"weights")
    certificate_path(model).write_text('{"version": 1}')
    assert "is no certificate" in read_certificate(model)[1]
    certificate_path(model).write_text('{"version": 2}')
    with pytest.raises(FileFormatError, match="version 2"):
        Certificate.read(certificate_path(model))


def test_seeds_follow_from_the_model_and_are_nobody_elses():
    one, other = certification_seeds("a" * 64, 100), certification_seeds("b" * 64, 100)
    assert one == certification_seeds("a" * 64, 100)
    assert not set(one) & set(other)
    assert one[0] >= 1_000_000_000
    assert max(certification_seeds("f" * 64, 1000)) < 2**31


def test_an_operator_reads_what_holds_what_does_not_and_what_is_missing(tmp_path):
    model = tmp_path / "m.onnx"
    model.write_bytes(b"weights")
    ((good, line),) = certificate_lines(model)
    assert not good
    assert line == f"model m.onnx: it has no certificate: `midp certify {model}` makes one"
    certificate(GOOD, ABSENT, sha256=sha256_of(model)).write(certificate_path(model))
    first, *stages = certificate_lines(model)
    assert first == (True, "model m.onnx: certified on 2026-11-28, without ros")
    assert [line for _, line in stages] == [f"certificate: {GOOD.sentence}"]  # none of one that was not run
    pressed = replace(GOOD, reflexes=1, exceptions=("cartesian_reflex",))
    certificate(pressed, sha256=sha256_of(model)).write(certificate_path(model))
    (holds, line), (stage_good, _) = certificate_lines(model)
    assert (holds, stage_good) == (False, False)
    assert "the certificate does not hold: in_process: 1 reflexes" in line
