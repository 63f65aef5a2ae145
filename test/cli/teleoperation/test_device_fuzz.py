"""Teleoperation under inputs that no person gives, on the strict stand-in.

`MIDP_DEVICE_INPUTS=1000000 pytest --timeout=0 test/cli/teleoperation/test_device_fuzz.py` takes so many instead of the
usual number.
"""

import os

import pytest

pytest.importorskip("pybullet")
from midp_ros.cli.teleoperation.device_fuzz import fuzz_devices

INPUTS = int(os.environ.get("MIDP_DEVICE_INPUTS", "6000"))


@pytest.mark.parametrize("seed", range(2))
def test_no_device_input_breaks_a_limit(seed):
    report = fuzz_devices(INPUTS // 2, seed)
    assert report.reflexes == 0, report.first_reflex
    assert report.inputs >= INPUTS // 2 and report.moved_rad > 0.02, "it did move"
