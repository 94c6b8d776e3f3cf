"""The page of all that is known of one GPU."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.pressing import press
from trackio_view.model.gpu import GpuId, GpusSampled
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.gpu_details import GpuDetailsView
from trackio_view.view.keys.input_events import Resized
from trackio_view.view.responses import respond


@pytest.fixture
def dashboard(gpus_sampled: Callable[..., GpusSampled]) -> Dashboard:
    """Return three GPUs on their screen."""
    made = Dashboard()
    respond(made, Resized(80, 24))
    made.apply(gpus_sampled(3))
    press(made, "g")
    return made


def shown(dashboard: Dashboard) -> GpuId | None:
    state = dashboard.view.state(GpuDetailsView)
    return None if state is None else state.gpu


def test_it_opens_on_the_gpu_that_the_line_is_on_and_goes_round(dashboard: Dashboard) -> None:
    ids = list(dashboard.known.gpus.histories)
    press(dashboard, "down", "i")
    assert dashboard.view.mode is Mode.GPU_DETAILS
    assert shown(dashboard) == ids[1]
    for key, expected in (("right", 2), ("right", 0), ("left", 2)):
        press(dashboard, key)
        assert shown(dashboard) == ids[expected]
        assert not dashboard.view.said, "it led to another one"
    press(dashboard, "up")
    assert dashboard.view.said == "nothing is above"


@pytest.mark.parametrize("key", ["escape", "i"])
def test_it_is_left_for_the_screen_below(dashboard: Dashboard, key: str) -> None:
    press(dashboard, "i", key)
    assert dashboard.view.mode is Mode.GPUS
