"""A histogram on a run's page: a bar a line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from trackio_view.charts.palette import LABEL, VALUE
from trackio_view.model.objects import LoggedHistogram
from trackio_view.screens.page_parts import StyledLine
from trackio_view.screens.panels.page_lines import table_as_lines
from trackio_view.series.sums import total
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import DASH
from trackio_view.terminal.style import Meaning, StyledText
from trackio_view.terminal.text import text_width
from trackio_view.wording.numbers import format_value

_MOST_BARS = 24
_LARGEST_COUNT = 1e15
"""A float beyond this is no exact count, and its digits would leave no room for the bar."""


def merged_bars(
    edges: Sequence[float], counts: Sequence[float], most: int
) -> list[tuple[float, float, float]]:
    """Return (from, to, count) of at most `most` bars: neighbouring bins are added up."""
    together = max(1, -(-len(counts) // most))
    return [
        (
            edges[start],
            edges[min(start + together, len(counts))],
            total(count for count in counts[start : start + together] if math.isfinite(count)),
        )
        for start in range(0, len(counts), together)
    ]


def histogram_lines(histogram: LoggedHistogram, width: int) -> Iterator[StyledLine]:
    """Yield a line for each bar: from where to where, how long it is, and how many it counts."""
    from trackio_view.charts.bars import gauge

    bars = merged_bars(histogram.edges, histogram.counts, _MOST_BARS)
    highest = max((count for _, _, count in bars), default=0.0)
    labels = [f"{format_value(low, 3)} {DASH} {format_value(high, 3)}" for low, high, _ in bars]
    counts = [_count_text(count) for _, _, count in bars]
    label_width, count_width = max(map(text_width, labels)), max(map(text_width, counts))
    bar_width = max(4, min(60, width - label_width - count_width - 8))
    for label, written, (_, _, count) in zip(labels, counts, bars, strict=True):
        # The highest bar is full, also where its count is infinite.
        share = 1.0 if count == highest > 0 else count / highest if highest > 0 else 0.0
        bar = gauge(share, bar_width, color=Meaning("accent"))
        yield [
            StyledText(f"  {label:>{label_width}}  ", LABEL),
            *next(iter(_bar_segments(bar))),
            StyledText(f"  {written:>{count_width}}", VALUE),
        ]


def _count_text(count: float) -> str:
    if count.is_integer() and abs(count) < _LARGEST_COUNT:
        return f"{count:,.0f}"
    return format_value(count, 4)


def _bar_segments(bar: Frame) -> Iterator[list[StyledText]]:
    for line in table_as_lines(bar):
        yield list(line)[1:]
