"""Places on an x axis, and windows, in words."""

from __future__ import annotations

import math
import time

import pytest

from trackio_view.model.windows import Between, Last, LastSeconds, WindowChoice
from trackio_view.model.x_axis import CLOCK, ELAPSED, LOG_STEPS, STEPS, XAxis, XKind
from trackio_view.wording.windows import window_text, x_text

TOKENS = XAxis(XKind.METRIC, "tokens")


@pytest.mark.parametrize(
    ("x", "axis", "text"),
    [
        (1200.0, STEPS, "1,200"),
        (8.5, STEPS, "8.5"),
        (math.log10(9990), LOG_STEPS, "9,990"),
        (math.log10(22.8), LOG_STEPS, "22.8"),
        (0.0, LOG_STEPS, "1"),
        (192.0, ELAPSED, "3:12"),
        (1.7e9, CLOCK, time.strftime("%H:%M:%S", time.localtime(1.7e9))),
        (9999.0, TOKENS, "9,999"),
        (1e6, TOKENS, "1M"),
        (819_195_904.0, TOKENS, "819.196M"),
        (-42_000.0, TOKENS, "-42k"),
        (999_999_999.0, TOKENS, "1G"),
        (3.75, TOKENS, "3.75"),
        (1e15, TOKENS, "1e15"),
        (math.nan, STEPS, "–"),
        (1e300, CLOCK, "–"),
    ],
)
def test_places(x: float, axis: XAxis, text: str) -> None:
    assert x_text(x, axis) == text


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (Last(0), "All data"),
        (Last(6), "Last 10"),
        (LastSeconds(7200), "Last 2:00:00"),
        (Between(STEPS, 500, 700), "500–700"),
        (Between(STEPS, 5000), "from 5,000"),
    ],
)
def test_windows(choice: WindowChoice, text: str) -> None:
    assert window_text(choice) == text
