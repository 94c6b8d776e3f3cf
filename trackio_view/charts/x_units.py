"""The unit of an x axis, which stands once, at its right end: `6k steps`, `45 min`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from trackio_view.charts.axes import GAP, PlacedLabel
from trackio_view.terminal.text import sanitize, text_width

XLabels = Callable[[float, float, int, int], tuple[PlacedLabel, ...]]
"""A function of the axis' left and right end, its width and its overhang, like `axes.x_labels`."""

_LEAST_WIDTH = 64
"""A narrower axis has no room to name what its charts have in common. The status row tells it."""
_LONGEST_NAME = 16


def with_unit(
    placed: Sequence[PlacedLabel], width: int, unit: str
) -> tuple[PlacedLabel, ...] | None:
    """Return the labels of an axis and its unit; `None` where it would touch them.

    It stands behind the last label, which moves to the left for it where it has to.
    """
    if not placed:
        return ()
    *others, last = placed
    start = width - text_width(unit)
    end = min(last.start + len(last.text), start - 1)
    moved = last._replace(start=end - len(last.text))
    least = others[-1].start + len(others[-1].text) + GAP if others else min(last.start, 0)
    if moved.start < least or last.tick is None:
        return None
    return (*others, moved, PlacedLabel(None, start, unit))


def named(labels: XLabels, unit: str) -> XLabels:
    """Return what labels an axis like `labels`, and names its unit where there is room."""
    unit = sanitize(unit)
    return partial(_named, labels, unit) if 0 < text_width(unit) <= _LONGEST_NAME else labels


def _named(
    labels: XLabels, unit: str, left: float, right: float, width: int, overhang: int
) -> tuple[PlacedLabel, ...]:
    placed = labels(left, right, width, overhang)
    if width < _LEAST_WIDTH:
        return placed
    found = with_unit(placed, width, unit)
    if found is None:
        # The tick before the last one keeps its place, and its label gives way.
        bare = [label._replace(text="") for label in placed[-2:-1]]
        found = with_unit([*placed[:-2], *bare, *placed[-1:]], width, unit)
    return found or placed
