"""What a chart shows besides its lines: signs on its edges, and texts in its lower border."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trackio_view.charts.box import StyledText
from trackio_view.charts.palette import BAD, LABEL, LEVEL_STYLES
from trackio_view.charts.plot import Plot
from trackio_view.charts.raster import DOT_GRIDS
from trackio_view.charts.tick_labels import axis_number
from trackio_view.light_typing import NamedTuple
from trackio_view.series.envelope import NonFinite
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import (
    ALERT,
    NONFINITE,
    RESUMED,
    Repertoire,
    Signed,
)
from trackio_view.terminal.style import Style
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


def draw_step_marks(
    frame: Frame, plot: Plot, marks: Iterable[StepMark], repertoire: Repertoire
) -> None:
    """Draw a mark at each step that is on screen: on the x axis, else in the plot's last row."""
    grid = DOT_GRIDS[repertoire]
    columns = plot.dot_columns(grid)
    for mark in marks:
        column = columns.place(mark.step)
        if column is not None:
            draw_mark(frame, plot, column // grid.columns, mark.sign, mark.style)


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


def note_on_not_positive(count: int) -> list[StyledText]:
    """Return how many values a logarithmic axis cannot show, where there are any."""
    word = "value" if count == 1 else "values"
    return [StyledText(f"{count:,} {word} of 0 or less not drawn", LABEL)] if count else []


def note_on_values_without_place(count: int, why: str) -> list[StyledText]:
    """Return how many values have no place on the x axis, where there are any, and why."""
    return [StyledText(f"{count:,} {why} not drawn", LABEL)] if count else []
