"""Bars of one row: gauges, progress and sparklines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from trackio_view.charts.palette import BORDER, LABEL, MUTED, Gradient
from trackio_view.series.scale import Scale
from trackio_view.series.trend import course, log_like
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import NONFINITE, UNKNOWN_PART, Signed
from trackio_view.terminal.style import Meaning, Style

_EIGHTHS_UPWARDS = ("▁", "▂", "▃", "▄", "▅", "▆", "▇", "█")


def gauge(fraction: float | None, width: int, *, color: Gradient | Meaning | None) -> Frame:
    """Return a bar of `width` x 1 cells, filled by `fraction` (0 to 1) to half a cell.

    It is a heavy line over a thin one, so that bars in neighbouring rows stay apart. A gradient
    colours the whole bar by its fraction, so that a glance tells full from empty. `None` and NaN,
    of which nothing is known, show an empty track.
    """
    frame = Frame(max(width, 0), 1, MUTED)
    if width <= 0:
        return frame
    if fraction is None or fraction != fraction:
        frame.put_glyphs(0, 0, [UNKNOWN_PART] * width, MUTED)
        return frame
    fraction = min(max(fraction, 0.0), 1.0)
    shade = color.color(fraction) if isinstance(color, Gradient) else color
    filled = Style(shade) if shade is not None else LABEL
    halves = round(fraction * width * 2)
    if fraction > 0:
        halves = max(halves, 1)
    if fraction < 1:
        # A bar is drawn full only where the fraction is 1.
        halves = min(halves, width * 2 - 1)
    whole, half = divmod(halves, 2)
    rest = width - whole - half
    glyphs = ["━"] * whole + ["╸"] * half + ["─"] * rest
    frame.put_glyphs(0, 0, glyphs, [filled] * (width - rest) + [BORDER] * rest)
    return frame


def progress_bar(done: float, total: float, width: int) -> Frame:
    """Return a gauge of `done` out of `total`; an empty track where the total is not known."""
    known = math.isfinite(done) and math.isfinite(total) and total > 0
    return gauge(done / total if known else None, width, color=None)


def sparkline(
    values: Sequence[float | None],
    width: int,
    *,
    color: Gradient | Meaning | None = None,
    bounds: tuple[float, float] | None = None,
) -> Frame:
    """Return the newest `width` values as bars of `width` x 1 cells, the newest on the right.

    Heights are relative to `bounds`, by default to the smallest and largest finite value shown.
    A value that is missing or not finite leaves its cell blank.
    """
    frame = Frame(max(width, 0), 1)
    if width <= 0 or not values:
        return frame
    shown = list(values[-width:])
    finite = [value for value in shown if value is not None and math.isfinite(value)]
    if not finite:
        return frame
    low, high = bounds or (min(finite), max(finite))
    cells = [bar_cell(value, low, high, color) for value in shown]
    glyphs, styles = [glyph for glyph, _ in cells], [style for _, style in cells]
    frame.put_glyphs(width - len(shown), 0, glyphs, styles)
    return frame


@lru_cache(maxsize=1024)
def bar_cell(
    value: float | None, low: float, high: float, color: Gradient | Meaning | None
) -> tuple[str, Style]:
    """Return the glyph and the style of a bar of a sparkline. The same bars recur with
    each tick.
    """
    if value is None or not math.isfinite(value):
        return " ", LABEL
    scale = Scale(low, high, len(_EIGHTHS_UPWARDS), clipped=True)
    shade = color.color(scale.share(value)) if isinstance(color, Gradient) else color
    style = Style(shade) if shade is not None else LABEL
    return _EIGHTHS_UPWARDS[scale.nearest(value)], style


def trend_bars(values: Sequence[float], width: int) -> Signed:
    """Return the course of a series as bars of at most `width` cells, log-like between its lowest
    and its highest; a stretch without a finite value is marked.
    """
    # No bar fills its cell, so that those of neighbouring rows stay apart.
    highest = len(_EIGHTHS_UPWARDS) - 2
    return Signed(
        "".join(
            NONFINITE if share is None else _EIGHTHS_UPWARDS[round(share * highest)]
            for share in log_like(course(values, width))
        )
    )
