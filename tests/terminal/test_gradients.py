"""Ramps are blended in OKLab, from one end's colour to the other's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackio_view.terminal.gradients import Ramp, from_oklab, shades, to_oklab
from trackio_view.terminal.style import SHADES
from trackio_view.terminal.themes import THEMES

RAMPS = list(
    dict.fromkeys(
        ramp for pair in THEMES.values() for theme in pair for ramp in theme.ramps.values()
    )
)


@pytest.mark.parametrize("ramp", RAMPS)
def test_ends_are_the_stops(ramp: Ramp) -> None:
    colors = shades(ramp)
    assert len(colors) == SHADES
    low, high = colors[0], colors[-1]
    assert (low.xterm, high.xterm) == (ramp.xterm[0], ramp.xterm[-1])
    assert (low.ansi, high.ansi) == (ramp.ansi[0], ramp.ansi[-1])
    for color, stop in ((low, ramp.stops[0]), (high, ramp.stops[-1])):
        for shift in (0, 8, 16):
            assert abs((color.rgb >> shift & 0xFF) - (stop >> shift & 0xFF)) <= 1
    assert shades(ramp.reversed())[0] == high


@given(rgb=st.integers(0, 0xFFFFFF))
def test_oklab_there_and_back(rgb: int) -> None:
    back = from_oklab(*to_oklab(rgb))
    assert all(abs((rgb >> shift & 0xFF) - (back >> shift & 0xFF)) <= 1 for shift in (0, 8, 16))


def test_oklab_of_known_colors() -> None:
    """These are values of the reference implementation."""
    assert to_oklab(0xFFFFFF) == pytest.approx((1, 0, 0), abs=1e-4)
    assert to_oklab(0xFF0000) == pytest.approx((0.62796, 0.22486, 0.12585), abs=1e-4)
