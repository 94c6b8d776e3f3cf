"""What a chart shows besides its lines: signs on its edges, and texts in its lower border."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trackio_view.charts.palette import BAD, LABEL, LEVEL_STYLES
from trackio_view.charts.plot import TICK_BELOW, Plot
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.charts.tick_labels import axis_number
from trackio_view.light_typing import NamedTuple
from trackio_view.series.envelope import NonFinite
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import (
    ALERT,
    ALERTED_AXIS,
    NONFINITE,
    RESUMED,
    Repertoire,
    Signed,
)
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import signed


class StepMark(NamedTuple):
    """Something that happened at a step, marked on the x axis."""

    step: float
    style: Style
    sign: Signed = ALERT


_MOST_RESUMES = 256
"""How many resumes are marked. Steps that count within epochs begin again more often, and then the
newest resumes are marked.
"""


def marks_at(resumes: Sequence[float], alerts: Iterable[tuple[float, str]]) -> list[StepMark]:
    """Return marks at the steps at which a run was resumed, and at those of its alerts, each by its
    level.
    """
    resumed = [StepMark(step, LABEL, RESUMED) for step in resumes[-_MOST_RESUMES:]]
    return resumed + [StepMark(step, LEVEL_STYLES[level]) for step, level in alerts]


_CELLS_AN_ALERT = 3
"""Of so many cells of an x axis one may hold an alert's mark, so that its ticks are seen."""
_FEW_ALERTS = 8
"""Up to so many alerts are marked one by one even on the narrowest axis, and are not counted."""


def draw_step_marks(
    frame: Frame, plot: Plot, marks: Iterable[StepMark], repertoire: Repertoire
) -> None:
    """Draw a mark at each step that is on screen: on the x axis, else in the plot's last row.

    Where alerts of a level would fill the axis, the axis itself is heavy and has their colour where
    they stand, and keeps its ticks. Graver alerts, if they are few, are still marked one by one.
    """
    grid = DOT_GRIDS[repertoire]
    columns = plot.dot_columns(grid)
    placed = [
        (column // grid.columns, mark)
        for mark in marks
        if (column := columns.place(mark.step)) is not None
    ]
    crowded = set() if plot.axis is None else _crowded(placed, plot.rect.width)
    for x, mark in placed:
        if mark.sign == ALERT and mark.style in crowded:
            _draw_on_axis(frame, plot, x, mark.style)
    for x, mark in placed:
        if mark.sign != ALERT or mark.style not in crowded:
            draw_mark(frame, plot, x, mark.sign, mark.style)


def _crowded(placed: Sequence[tuple[int, StepMark]], width: int) -> set[Style]:
    """Return the styles of alerts, the last ones the gravest, for whose marks the axis lacks room.

    None of a milder level is marked where one of a graver level is not.
    """
    cells: dict[Style, set[int]] = {}
    for x, mark in placed:
        if mark.sign == ALERT:
            cells.setdefault(mark.style, set()).add(x)
    filled: set[int] = set()
    crowded: set[Style] = set()
    for style in reversed(cells):
        filled |= cells[style]
        if len(filled) > max(_FEW_ALERTS, width // _CELLS_AN_ALERT):
            crowded.add(style)
    return crowded


def _draw_on_axis(frame: Frame, plot: Plot, x: int, style: Style) -> None:
    """Draw a cell of the x axis, and a tick that stands there, in the look of a place with an
    alert.
    """
    if plot.axis is not None:
        x += plot.rect.x
        is_tick = frame.glyphs[plot.axis][x] == TICK_BELOW
        frame.put_glyphs(x, plot.axis, [TICK_BELOW if is_tick else ALERTED_AXIS], style)


def draw_mark(frame: Frame, plot: Plot, x: int, sign: Signed, style: Style) -> None:
    """Draw a sign below a cell of the plot: on the x axis, else in the plot's last row."""
    rect = plot.rect
    y = rect.y + rect.height - 1 if plot.axis is None else plot.axis
    frame.put_glyphs(rect.x + x, y, [sign], style)


def draw_nonfinite(
    frame: Frame, plot: Plot, found: NonFinite, style: Style, repertoire: Repertoire
) -> None:
    """Mark on the x axis where values are not finite."""
    columns = DOT_GRIDS[repertoire].columns
    for x in {column // columns for column in found.columns}:
        draw_mark(frame, plot, x, NONFINITE, style)


def note_on_nonfinite(found: Sequence[NonFinite]) -> list[StyledText]:
    """Return how many values of lines are NaN or infinite, where any is."""
    counts = (sum(one.nan for one in found), "NaN"), (sum(one.infinite for one in found), "inf")
    text = ", ".join(f"{count:,} {word}" for count, word in counts if count)
    return [StyledText(signed(NONFINITE, f" {text}"), BAD)] if text else []


def note_on_resumes(steps: Sequence[float]) -> list[StyledText]:
    """Return at which step a run was resumed, or how often."""
    if not steps:
        return []
    times = f"at {axis_number(steps[0])}" if len(steps) == 1 else f"{len(steps):,} times"
    short = signed(RESUMED, f" {len(steps):,}")
    return [StyledText(signed(RESUMED, f" resumed {times}"), LABEL, short)]


def note_on_alerts(count: int) -> list[StyledText]:
    """Return how many alerts a run raised, where they are many."""
    if count <= _FEW_ALERTS:
        return []
    short = signed(ALERT, f" {count:,}")
    return [StyledText(signed(ALERT, f" {count:,} alerts"), LABEL, short)]


def note_on_not_positive(count: int) -> list[StyledText]:
    """Return how many values a logarithmic axis cannot show, where there are any."""
    word = "value" if count == 1 else "values"
    return [StyledText(f"{count:,} {word} of 0 or less not drawn", LABEL)] if count else []


def note_on_values_without_place(count: int, why: str) -> list[StyledText]:
    """Return how many values have no place on the x axis, where there are any, and why."""
    return [StyledText(f"{count:,} {why} not drawn", LABEL)] if count else []
