"""Every mode of the charts and of what lies over them, at each of the sizes people have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackio_view.model.events import Notice, ProgramOrigin
from trackio_view.terminal.cells import Frame
from trackio_view.view.dashboard import Dashboard

Golden = Callable[[str, Frame], None]
SIZES = ((40, 12), (80, 24), (120, 40), (200, 50))

OF_ONE_RUN = {
    "anchor": "v left shift_left shift_left a shift_left",
    "go-to": "1 2 0 0",
    "go-to-stretch": "5 0 0 - 7 0 0 enter",
    "held": "+ + [",
    "x-time": "x",
    "x-clock": "x x",
    "x-metric": "X end enter",
    "x-axis": "X down",
    "from-zero": "o o o",
    "side-box": "b",
    "export": "e",
    "find-key": ": s m o o",
    "unknown-key": "ß",
    "all-dropped": "D D D D D D D",
}
"""Names of frames, and the keys that lead to them."""
OF_THREE_RUNS = {
    "overlay": "",
    "overlay-cursor": "v shift_left",
    "overlay-anchor": "v shift_left shift_left a shift_left",
    "overlay-enlarged": "enter",
    "overlay-x-time": "x",
    "overlay-spread": "m",
    "run-groups": "t G",
    "diff": "d",
    "diff-searched": "d / o p t enter",
    "wall-cursor": "w right +",
}


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(("name", "keys"), OF_ONE_RUN.items(), ids=OF_ONE_RUN)
def test_one_run(show: Any, golden: Golden, name: str, keys: str, width: int, height: int) -> None:
    golden(f"mode-{name}-{width}x{height}", show(width, height, *keys.split()))


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize(("name", "keys"), OF_THREE_RUNS.items(), ids=OF_THREE_RUNS)
def test_three_runs(
    compared: Dashboard,
    show: Any,
    golden: Golden,
    name: str,
    keys: str,
    width: int,
    height: int,
) -> None:
    golden(f"mode-{name}-{width}x{height}", show(width, height, *keys.split()))


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_notices(dashboard: Dashboard, show: Any, golden: Golden, width: int, height: int) -> None:
    dashboard.apply(
        Notice(ProgramOrigin.SETTINGS, "Unknown setting: charts.smoth, perhaps smooth.")
    )
    golden(f"mode-notice-{width}x{height}", show(width, height))
