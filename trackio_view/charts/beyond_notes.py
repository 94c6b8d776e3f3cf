"""What a chart says in its lower border of the values beyond its y axis."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence

from trackio_view.charts.palette import LABEL
from trackio_view.charts.plot import Plot
from trackio_view.charts.tick_labels import axis_number
from trackio_view.series.beyond import Beyond, beyond
from trackio_view.series.logarithms import number_of
from trackio_view.series.series import Series
from trackio_view.series.window import Window
from trackio_view.terminal.glyphs import BEYOND_ABOVE, BEYOND_BELOW
from trackio_view.terminal.style import StyledText
from trackio_view.terminal.text import signed


def notes_on_beyond(
    plot: Plot,
    lines: Iterable[tuple[array[float], Series, Window]],
    x_text: Callable[[float], str],
) -> list[StyledText]:
    """Return how many values of lines lie beyond the y axis, and the furthest of them.

    `x_text` says how its place on the x axis is written.
    """
    below, above = [], []
    for steps, series, window in lines:
        lower, higher = beyond(steps, series, window, plot.y_range)
        below.append(lower)
        above.append(higher)
    low, high = plot.y_range
    if plot.logarithmic:
        low, high = number_of(low), number_of(high)
        below = [one._replace(extreme=number_of(one.extreme)) for one in below]
        above = [one._replace(extreme=number_of(one.extreme)) for one in above]
    return [
        StyledText(
            signed(sign, f" {_beyond_sentence(found, end, word, x_text)}"),
            LABEL,
            signed(sign, f" {found.found:,}"),
        )
        for sign, end, word, found in (
            (BEYOND_ABOVE, high, "highest", _most(above, 1)),
            (BEYOND_BELOW, low, "lowest", _most(below, -1)),
        )
        if found.found
    ]


def _most(parts: Sequence[Beyond], sign: int) -> Beyond:
    """Return how many values of all lines lie beyond an end, and the furthest of them."""
    known = [part for part in parts if part.found]
    if not known:
        return Beyond()
    furthest = max(known, key=lambda part: sign * part.extreme)
    return furthest._replace(found=sum(part.found for part in known))


def _beyond_sentence(found: Beyond, end: float, word: str, x_text: Callable[[float], str]) -> str:
    edge, extreme = (axis_number(float(f"{number:.4g}")) for number in (end, found.extreme))
    return f"{found.found:,} beyond {edge}, {word} {extreme} @{x_text(found.step)}"
