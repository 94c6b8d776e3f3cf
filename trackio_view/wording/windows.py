"""How places on an x axis, and windows, are written."""

from __future__ import annotations

import math

from trackio_view.model.clock import local_text
from trackio_view.model.windows import Last, LastSeconds, WindowChoice
from trackio_view.model.x_axis import XAxis, XKind
from trackio_view.series.logarithms import number_of
from trackio_view.series.window import ZOOM_LEVELS
from trackio_view.terminal.glyphs import DASH
from trackio_view.wording.numbers import UNKNOWN, format_duration, format_step, shorten

_DIGITS = 6
_LARGEST_WRITTEN_OUT, _LARGEST_SHORTENED = 1e4, 1e15


def x_text(x: float, axis: XAxis) -> str:
    """Return a place on an x axis: `1,200`, `3:12`, `14:02:31`, of a metric `819.196M`.

    A dash where it is not known.
    """
    if not math.isfinite(x):
        return UNKNOWN
    if axis.kind is XKind.ELAPSED:
        return format_duration(x)
    if axis.kind is XKind.CLOCK:
        return local_text(x, "%H:%M:%S") or UNKNOWN
    if axis.kind is XKind.LOG_STEP:
        # Steps are whole numbers. An end between two steps is not.
        return format_step(round(number_of(x), 1) if x < 3 else float(round(number_of(x))))
    if axis.kind is XKind.METRIC and _LARGEST_WRITTEN_OUT <= abs(x) < _LARGEST_SHORTENED:
        return shorten(x, _DIGITS)
    return format_step(x)


def window_text(choice: WindowChoice) -> str:
    """Return what a window shows: `All data`, `Last 500`, `500–700`, `from 5,000`."""
    if isinstance(choice, Last):
        return ZOOM_LEVELS[choice.level].label
    if isinstance(choice, LastSeconds):
        return f"Last {format_duration(choice.seconds)}"
    left = x_text(choice.left, choice.axis)
    # A dash with nothing behind it looks as if the rest were cut off.
    return (
        f"from {left}"
        if choice.right is None
        else f"{left}{DASH}{x_text(choice.right, choice.axis)}"
    )
