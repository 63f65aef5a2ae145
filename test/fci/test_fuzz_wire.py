"""Whatever reaches its ports, the server stays and the arm keeps its limits."""

import pytest
from control_box import own_host
from fuzz_wire import fuzz

pytestmark = pytest.mark.processes


def test_the_server_stays_and_the_arm_keeps_its_limits():
    done = fuzz(own_host().replace("127.42", "127.44"), 4000)
    assert done.counts["reflex communication_constraints_violation"] or sum(done.counts.values()) > 4000
    assert done.server.robot.unused > 100 and done.server.robot._service.rejected > 100
