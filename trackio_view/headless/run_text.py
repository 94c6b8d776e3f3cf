"""The text of `--once`: a contract that scripts grep, and a page that people read.

The labels, their order and their spelling are those of the first trackio-view. Each label stands at
the start of a line, and the first word after its colon is the number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from trackio_view.charts.axes import grown_end, x_labels
from trackio_view.charts.chart_marks import marks_at, note_on_alerts, note_on_resumes
from trackio_view.charts.line import Line, shared_range
from trackio_view.charts.line_chart import line_chart
from trackio_view.charts.palette import gradient_for
from trackio_view.charts.plot import Axes, Plot
from trackio_view.charts.text_table import TableColumn, table
from trackio_view.charts.x_units import named
from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.model.clock import DATE_AND_TIME, local_text
from trackio_view.model.progress import total_steps
from trackio_view.model.roles import Role, first_of, is_loss, kind_of, main_loss
from trackio_view.model.run import NO_NAME, Run
from trackio_view.model.x_axis import STEPS
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import LARGEST_EXACT_FLOAT_INTEGER, Number, Summary
from trackio_view.series.window import Window, ZoomLevel
from trackio_view.series.y_limits import Limits
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import Repertoire, shown_by
from trackio_view.terminal.style import PLAIN, THEME_NAMES, ColorDepth
from trackio_view.terminal.text import sanitize, shortened
from trackio_view.wording.numbers import (
    as_counts,
    format_apart,
    format_done,
    format_duration,
    format_plain_decimal,
    format_rate,
    format_rounded,
    format_share,
    format_significant,
    format_value,
)

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert
    from trackio_view.model.traces import LoggedTraces
    from trackio_view.series.smoothing import Smoothing
    from trackio_view.terminal.look import Look

RULE = "=" * 60
GRAPH_HEIGHT = 16
PAGE_WIDTH = 80
"""How wide the text is where no terminal tells its width."""
_LONGEST_NAME = 300
"""A column is as wide as its longest name in every row, so a name of megabytes would fill the
memory.
"""

_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""A context that rounds nothing and takes only as much memory as the digits of a result need."""
_SIX_DIGITS = Context(prec=6, Emax=MAX_EMAX, Emin=MIN_EMIN)


class Page(NamedTuple):
    """How the text is written: for which output, and what it can show."""

    width: int = PAGE_WIDTH
    repertoire: Repertoire = Repertoire.BRAILLE
    depth: ColorDepth | None = None
    """With `None`, no escape code is written, as for files and pipes."""
    theme: str = THEME_NAMES[0]
    shares_y: Callable[[], bool] = bool
    """Returns whether charts whose names end alike have one range of y."""


class Outlook(NamedTuple):
    """How far a run is, how fast, and when it ends, as far as that is known."""

    done: float | None = None
    """Its share, 0 to 1."""
    steps_per_second: float | None = None
    seconds_left: float | None = None


class ToldBeside(NamedTuple):
    """What is told of a run beside its rows."""

    outlook: Outlook = Outlook()
    traces: LoggedTraces | None = None
    """`None` where it logged none."""
    alerts: Sequence[Alert] = ()
    """Those that the graph marks."""


_NOTHING_BESIDE = ToldBeside()


def report(
    project: str,
    run: Run,
    zoom: ZoomLevel,
    page: Page,
    beside: ToldBeside = _NOTHING_BESIDE,
    smoothing: Smoothing | None = None,
    origin: str | None = None,
) -> str:
    """Return the whole text for a run that logged at least one metric, a newline at its end.

    `origin` is told beside projects of other origins.
    """
    lines = [
        RULE,
        f"TrackIO Dashboard - Project: {sanitize(project)}",
        *from_where(origin),
        f"Run: {sanitize(run.name)}",
        f"View: {zoom.label}{since_when(run.since)}",
        RULE,
        *_report(run, zoom, page, beside, smoothing),
    ]
    if beside.traces is not None:
        # Most runs have none: they do not wait for this import.
        from trackio_view.headless.trace_text import trace_lines

        lines += ["", *trace_lines(beside.traces, run)]
    return "\n".join(lines) + "\n"


def from_where(origin: str | None) -> list[str]:
    """Return the line that tells where a project comes from; none without an `origin`."""
    return [] if origin is None else [f"From: {sanitize(origin)}"]


def _report(
    run: Run, zoom: ZoomLevel, page: Page, beside: ToldBeside, smoothing: Smoothing | None
) -> Iterator[str]:
    window = run.window(zoom.distinct_steps)
    yield ""
    step = "unknown" if math.isnan(run.last_step) else format_plain_decimal(run.last_step)
    yield f"Latest Iteration: {step}"
    if run.step_metric is not None:
        yield f"Iteration From: {sanitize(run.step_metric)}"
    yield from _progress_line(run, beside.outlook)
    loss = main_loss(run.series)
    if loss is not None:
        yield from _loss_lines(loss, run, window, smoothing)
    yield from _companion_lines(run)
    others = [metric for metric in run.chart_metrics if metric != loss]
    rows = [row for metric in others if (row := _metric_row(metric, run, window, smoothing))]
    if rows:
        yield ""
        columns = _COLUMNS if smoothing is None else (*_COLUMNS, _SMOOTHED)
        yield from _metric_table(columns, rows)
    if loss is not None:
        grows = zoom.distinct_steps is None and run.since is None
        yield from _trend(loss, run, window, page, smoothing, beside.alerts, grows=grows)


def since_when(since: float | None) -> str:
    """Return what to say of the moment, in seconds since the epoch, since which rows are shown."""
    if since is None:
        return ""
    return f", since {local_text(since, DATE_AND_TIME) or 'an unknown time'}"


def _progress_line(run: Run, outlook: Outlook) -> Iterator[str]:
    """Yield how much is done, as the header of the live screen has it; nothing without a total."""
    if outlook.done is None:
        return
    told, total = [], total_steps(run)
    if total is not None and run.last_step <= total:
        told.append(f"step {format_plain_decimal(run.last_step)} of {format_plain_decimal(total)}")
    if outlook.steps_per_second is not None:
        told.append(format_rate(outlook.steps_per_second))
    if outlook.seconds_left is not None:
        told.append(f"ETA {format_duration(outlook.seconds_left)}")
    yield f"Progress: {format_done(outlook.done)}" + (f" ({', '.join(told)})" if told else "")


def _loss_lines(loss: str, run: Run, window: Window, smoothing: Smoothing | None) -> Iterator[str]:
    series = run.series[loss]
    # The name of the metric is added only if the name does not say that it is a loss.
    named = "" if is_loss(loss) else f" ({sanitize(loss)})"
    yield f"Latest Loss: {format_rounded(series.number(-1))}{named}"
    if smoothing is not None:
        value = run.smoothed(STEPS, loss, smoothing).values[-1]
        yield f"Smoothed Loss: {format_rounded(value)} (smooth {smoothing.text})"
    summary = series.summary(window)
    if summary is None:
        yield "(the loss was not logged within this window)"
        return
    yield f"Loss Change: {format_change(summary)} (from {format_rounded(summary.first)})"
    yield f"Min Loss: {_rounded(summary.minimum)}"
    yield f"Max Loss: {_rounded(summary.maximum)}"


def _companion_lines(run: Run) -> Iterator[str]:
    learning_rate = first_of(run.series, Role.LEARNING_RATE)
    if learning_rate is not None:
        yield f"Learning Rate: {format_significant(run.series[learning_rate].number(-1))}"
    sparsity = first_of(run.series, Role.SPARSITY)
    if sparsity is not None:
        yield f"Sparsity: {format_share(run.series[sparsity].number(-1))}"


def format_change(summary: Summary) -> str:
    """Return last minus first in plain decimals, with a minus where it fell and without a plus.

    The decimal digits that were logged are subtracted, so that 0.3 - 0.1 is 0.2. Six significant
    digits are left, but all of a whole difference, unless one end is a float beyond 2**53.
    """
    if summary.change is None:
        return "NaN"
    ends = (summary.last, summary.first)
    change = _EXACT.subtract(*(Decimal(repr(end)) for end in ends))
    # A float this large is always whole.
    is_large = any(isinstance(it, float) and abs(it) > LARGEST_EXACT_FLOAT_INTEGER for it in ends)
    if is_large or change != change.to_integral_value():
        change = _SIX_DIGITS.plus(change)
    return f"{change.normalize(_EXACT):f}" if change else "0"


def _rounded(number: Number | None) -> str:
    return "NaN" if number is None else format_rounded(number)


_COLUMNS = (
    TableColumn("Metric", minimum_width=12),
    TableColumn("Last", align_right=True),
    TableColumn("Min", align_right=True),
    TableColumn("Max", align_right=True),
    TableColumn("Change", align_right=True),
)


_SMOOTHED = TableColumn("Smoothed", align_right=True)
"""A further column where lines are smoothed: the smoothed value at the last step."""


def _metric_row(
    metric: str, run: Run, window: Window, smoothing: Smoothing | None
) -> list[str] | None:
    series = run.series[metric]
    summary = series.summary(window)
    if summary is None:
        return None
    numbers: list[Number] = [
        math.nan if number is None else number
        for number in (summary.last, summary.minimum, summary.maximum)
    ]
    change: Number = math.nan if summary.change is None else summary.change
    if holds_counts(run.steps, series, len(series)):
        # What was counted has no decimals.
        *numbers, change = as_counts(*numbers, change)
    told = [*zip(numbers, format_apart(numbers), strict=True), (change, format_value(change))]
    if smoothing is not None:
        last = series.positions(window)[-1]
        value = run.smoothed(STEPS, metric, smoothing).values[last]
        told.append((value, format_value(value)))
    return [
        shortened(sanitize(metric), _LONGEST_NAME) or NO_NAME,
        *(_written(*number) for number in told),
    ]


def _written(number: Number, text: str) -> str:
    finite = isinstance(number, int) or math.isfinite(number)
    return text if finite else format_plain_decimal(number)


def _metric_table(columns: Sequence[TableColumn], rows: list[list[str]]) -> list[str]:
    # Names are not cut to a page, because readers of a pipe get them whole. The width is twice the
    # length of a cell, for glyphs that are two columns wide.
    widest = sum(max(2 * len(row[place]) + 12 for row in rows) for place in range(len(columns)))
    return table(columns, rows, widest, len(rows) + 1).lines()


def _trend(
    loss: str,
    run: Run,
    window: Window,
    page: Page,
    smoothing: Smoothing | None,
    alerts: Sequence[Alert],
    *,
    grows: bool,
) -> Iterator[str]:
    """Yield the graph of a loss, as the live screen and its pictures have it: the same limits, axes
    and marks. An x axis that `grows` has room for more.
    """
    if window.x_range is None:
        return
    low, high = window.x_range
    yield ""
    span = f"{format_plain_decimal(low)} to {format_plain_decimal(high)}"
    yield f"Loss Trend (Iterations {span}):"
    x_range = (low, grown_end(low, high)) if grows else (low, high)
    plots: list[Plot] = []
    direction = kind_of(loss).direction
    line = Line(run.steps, run.series[loss], window, gradient_for(loss), direction=direction)
    if smoothing is not None:
        line = line._replace(smoothed=run.smoothed(STEPS, loss, smoothing))
    last, y_range = loss.rpartition("/")[2], None
    alike = [it for it in run.series if it != loss and it.rpartition("/")[2] == last]
    if alike and page.shares_y():
        others = (line._replace(series=run.series[it], smoothed=None) for it in alike)
        y_range = shared_range([line, *others], x_range, Limits.AUTO)
    marks: Sequence[tuple[float, str]] = ()
    if alerts:
        from trackio_view.model.alert_marks import alert_marks

        marks = alert_marks(run, alerts, window)
    graph = line_chart(
        [line],
        page.width,
        GRAPH_HEIGHT,
        Axes(x_range=x_range, y_range=y_range, x_labels=named(x_labels, "steps")),
        repertoire=page.repertoire,
        step_marks=marks_at(run.resumed_at(), marks),
        prepared=plots.append,
    )
    shown = shown_by(page.repertoire)
    resumed = [step for step in run.resumed_at() if low <= step <= high]
    told = [note for plot in plots for note in plot.notes]
    told += [*note_on_resumes(resumed), *note_on_alerts(len(alerts))]
    notes = ["".join(shown[glyph] for glyph in note.text) for note in told]
    if page.depth is None:
        yield from graph.lines(page.repertoire)
        yield from notes
        return
    # Themes only matter where colours are shown.
    from trackio_view.terminal.look import Look, resolved, themed

    look = themed(Look(page.depth, page.repertoire), page.theme)
    yield from colored_lines(resolved(graph, look), look)
    yield from notes


def colored_lines(frame: Frame, look: Look) -> Iterator[str]:
    """Yield the frame's rows with the escape codes of their colours, each reset at its end."""
    from trackio_view.terminal.look import rendition

    for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True):
        parts: list[str] = []
        current = PLAIN
        for glyph, style in zip(glyphs, styles, strict=True):
            if style != current:
                parts.append(rendition(style, look))
                current = style
            parts.append(glyph)
        if current != PLAIN:
            parts.append(rendition(PLAIN, look))
        yield "".join(parts).rstrip()
