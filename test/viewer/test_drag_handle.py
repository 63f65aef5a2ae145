"""Dragging the tool: off by default, a target only while the handle is held, and none after the browser has gone."""

import asyncio
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("viser", reason="NOT CHECKED, since the extra `viewer` is not installed")

from midp_ros.core.pose import Pose, tool_down
from midp_ros.viewer.drag_handle import DragHandle
from midp_ros.viewer.server import close_server, open_server

TOOL = Pose(np.array([0.5, 0.1, 0.3]), tool_down(0.3))


@pytest.fixture
def drag():
    server = open_server(18700, "a test")
    yield DragHandle(server)
    close_server(server)


def hold(drag, phase):
    asyncio.run(drag._on_update(SimpleNamespace(phase=phase)))


def test_it_has_a_target_only_while_it_is_held(drag):
    drag.rest_at(TOOL)
    hold(drag, "start")
    assert drag.target is None and not drag._handle.visible, "its box is not ticked"
    hold(drag, "end")
    drag._box.value = True
    drag.rest_at(TOOL)
    assert drag._handle.visible and drag.target is None
    hold(drag, "start")
    drag._handle.position = 0.52, 0.1, 0.3
    drag.rest_at(TOOL)
    np.testing.assert_allclose(drag.target.position_m, [0.52, 0.1, 0.3])
    np.testing.assert_allclose(drag.target.rotation, TOOL.rotation, atol=1e-9)
    hold(drag, "end")
    assert drag.target is None
    drag.rest_at(TOOL)
    np.testing.assert_allclose(drag._handle.position, TOOL.position_m)


def test_a_browser_that_has_gone_holds_nothing(drag):
    drag._box.value = True
    hold(drag, "start")
    assert drag.target is not None
    drag._let_go()
    assert drag.target is None
