"""The page of one run: everything that is known of it, one below the other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from trackio_view.charts.box import StyledText, blank_out, draw_box, inside
from trackio_view.charts.palette import (
    ACCENT,
    BAD,
    LABEL,
    LEVEL_STYLES,
    MUTED,
    TITLE,
    VALUE,
    WARNING,
)
from trackio_view.charts.table import TableCell, TableColumn, TableRow, shown_columns, table
from trackio_view.model.alerts import Alert
from trackio_view.model.config import config_text
from trackio_view.model.health import Finding
from trackio_view.model.machine import Machine
from trackio_view.model.objects import (
    LoggedHistogram,
    LoggedMedia,
    LoggedTable,
    LoggedText,
    RunObjects,
)
from trackio_view.model.pace import RunState, state_of, steps_per_second
from trackio_view.model.progress import progress, seconds_left
from trackio_view.model.project import Project
from trackio_view.model.run import Run
from trackio_view.screens.markdown import markdown_lines
from trackio_view.screens.memo import Memo
from trackio_view.screens.page_parts import LINES_A_FRAME, PageParts, Room, StyledLine
from trackio_view.screens.wrapping import wrapped
from trackio_view.series.series import Number
from trackio_view.series.sums import total
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, ELLIPSIS, POINTER, WARNING_SIGN, Signed
from trackio_view.terminal.style import Meaning, Style
from trackio_view.terminal.text import MOST_ON_A_PAGE, pad, text_width
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.moments import clock_time
from trackio_view.wording.numbers import (
    UNKNOWN,
    age_text,
    format_duration,
    format_step,
    format_value,
)
from trackio_view.wording.system_metrics import format_reading, line_name, newest_reading

_KEY_WIDTH = 28
_SUMMARY_TITLES = ("last", "min", "max", "first", "values", "not finite")
_MOST_TABLE_ROWS = 50
_MOST_CELL_WIDTH = 32
_MOST_HISTOGRAM_BARS = 24
_MOST_TEXT = 20_000
_MOST_OF_A_KIND = 100_000
"""Characters of a page's texts of one kind together, so that thousands of them have an end."""
_LEAST_TEXT = 100
_ALERT_INDENT = 6
_LARGEST_COUNT = 1e15
"""Beyond it a float is no exact count, and its digits would leave no room for the bar."""


def draw_run_page(
    frame: Frame, area: Rect, dashboard: Dashboard, now: float, memo: Memo, *, hurried: bool = False
) -> tuple[bool, int | None]:
    """Draw the page of the run that is open into `area`, from the line that it is scrolled to.

    Returns whether all of the page is laid out, and the first line from which its end is on
    screen. A hurried frame lays out `LINES_A_FRAME` of what is long, or what the screen shows:
    the next frames go on.
    """
    blank_out(frame, area)
    found = dashboard.page_run
    place = inside(area)
    if found is None:
        draw_box(frame, area, title="run", focused=True)
        frame.put(place.x + 1, place.y, "This run is there no more.", MUTED)
        return True, 0
    project, run = found
    width, room = place.width - 2, place.height
    lines, whole = _laid_out(
        dashboard, project, run, now, width, memo, max(LINES_A_FRAME, room) if hurried else None
    )
    furthest = max(0, len(lines) - room)
    first = max(0, min(dashboard.view.page.offset, furthest))
    right = []
    if len(lines) > room or not whole:
        count = len(lines) if whole else f"more than {len(lines)}"
        right.append(StyledText(f"lines {first + 1}-{first + room} of {count}", LABEL))
    title = f"{dashboard.project_title(project.id)} {POINTER} {run.name or '(no name)'}"
    draw_box(frame, area, title=title, right=right, focused=True)
    for y, line in enumerate(lines[first : first + room], place.y):
        x = place.x + 1
        end = place.x + place.width - 1
        for segment in line:
            if x >= end:
                break
            x = frame.put(x, y, segment.text, segment.style, limit=end - x)
    return whole, furthest if whole else None


def _laid_out(
    dashboard: Dashboard,
    project: Project,
    run: Run,
    now: float,
    width: int,
    memo: Memo,
    most: int | None,
) -> tuple[list[StyledLine], bool]:
    """Return the page's lines, as far as one frame may lay them out, and whether that is all."""
    parts = memo.get("parts of the run page", PageParts)
    page, revision = dashboard.view.page.key, dashboard.known.revision
    # Scrolling changes nothing but which of the lines are seen.
    return parts.lay_out(
        (page, width),
        (revision, int(now)),
        lambda: page_lines(
            project,
            run,
            dashboard.findings(project, run, now),
            dashboard.page_objects,
            now,
            width,
            parts,
            revision,
        ),
        most,
    )


def page_lines(
    project: Project,
    run: Run,
    findings: Sequence[Finding],
    objects: RunObjects | None,
    now: float,
    width: int,
    parts: PageParts,
    revision: int,
) -> Iterator[StyledLine]:
    """Yield the page's lines, `width` columns wide at most; `revision` is that of the data."""
    yield from _overview(run, findings, now, width)
    yield from _section("config", _config_lines(run, width, parts))
    yield from _section(
        "metrics", parts.whole_part("metrics", revision, partial(_metric_lines, run, width))
    )
    alerts = project.alerts.get(run.run_id) or project.alerts.get(run.name) or []
    yield from _section("alerts", _alert_lines(alerts, run, now, width, parts))
    # Older loggers' keys among the metrics are listed there.
    machine = project.machine_of(run)._replace(training=None)
    yield from _section("machine", _machine_lines(machine, width))
    if objects is None:
        yield ()
        yield (StyledText(f"reading what else it logged{ELLIPSIS}", MUTED),)
        return
    if not run.series:
        yield from _section("no numbers, but", _kind_lines(objects, width))
    room = Room(_MOST_OF_A_KIND, _LEAST_TEXT)
    for text in objects.texts:
        yield from _section(
            _heading(text.key, text.step, run),
            _text_lines(text, room.taken(len(text.text), _MOST_TEXT), width, parts),
        )
    for logged in objects.tables:
        yield from _section(
            _heading(logged.key, logged.step, run),
            parts.part(f"table {logged.key}", logged, partial(_table_lines, logged, width)),
        )
    for histogram in objects.histograms:
        yield from _section(
            _heading(histogram.key, histogram.step, run),
            _histogram_lines(histogram, width),
        )
    yield from _section("media", _media_lines(objects.media, run, width))


def _heading(key: str, logged_step: Number, run: Run) -> str:
    return f"{key} at step {format_step(run.step_at(logged_step))}"


def _section(title: str, lines: Iterable[StyledLine]) -> Iterator[StyledLine]:
    """Yield a heading and its lines, nothing where there are none."""
    for number, line in enumerate(lines):
        if number == 0:
            yield ()
            yield (StyledText(title, ACCENT._replace(bold=True)),)
        yield line


def _fact(width: int, label: str, *values: StyledText) -> list[list[StyledText]]:
    """Return a label and what it is about, on as many lines as that takes."""
    label_width = min(_KEY_WIDTH, width * 2 // 5)
    shown = pad(label, label_width)
    return wrapped([StyledText(f"  {shown}  ", LABEL), *values], width, label_width + 4)


def _overview(
    run: Run, findings: Sequence[Finding], now: float, width: int
) -> Iterator[StyledLine]:
    def fact(label: str, value: str, style: Style = TITLE) -> list[list[StyledText]]:
        return _fact(width, label, StyledText(value, style))

    state = state_of(run, now)
    # A state that is inferred is said to be: TrackIO records none.
    yield from fact("looks", state.value, VALUE)
    yield from fact("run id", run.run_id)
    if run.group:
        yield from fact("group", run.group)
    step = [StyledText(format_step(run.last_step), VALUE)]
    if run.step_metric is not None:
        counted = format_step(run.last_logged_step)
        step.append(StyledText(f"  from {run.step_metric}; logged as step {counted}", MUTED))
    if run.row_count:
        yield from _fact(width, "step", *step)
    done = progress(run)
    if done is not None:
        yield from fact("done", f"{math.floor(done * 100)}%")
    left = seconds_left(run) if state is RunState.LIVE else None
    if left is not None:
        yield from fact("time left", format_duration(left))
    yield from fact("rows", f"{run.row_count:,}")
    pace = steps_per_second(run)
    if pace is not None:
        yield from fact("steps per second", f"{pace:.3g}")
    if not math.isnan(run.first_time):
        yield from fact("started", clock_time(run.first_time, now))
        yield from fact("last row", clock_time(run.last_time, now))
        yield from fact("duration", format_duration(run.last_time - run.first_time))
    for finding in findings:
        name = finding.rule.name.replace("_", " ")
        yield from fact(f"{WARNING_SIGN} {name}", finding.sentence, WARNING)


def _config_lines(run: Run, width: int, parts: PageParts) -> Iterator[StyledLine]:
    if run.config is None:
        yield (StyledText("  TrackIO holds no config of this run", MUTED),)
        return
    told = [(key, config_text(value), VALUE) for key, value in run.flat_config.items()]
    own = [name for name in run.config if name.startswith("_") and run.config[name] is not None]
    told += [(name, str(run.config[name]), LABEL) for name in own]

    def lines() -> Iterator[StyledLine]:
        room = Room(_MOST_OF_A_KIND, _LEAST_TEXT)
        for name, text, style in told:
            yield from _fact(width, name, StyledText(room.cut(text, MOST_ON_A_PAGE), style))

    # Thousands of names take long to lay out, and stay the same from second to second.
    yield from parts.part("config", hash(tuple(told)), lines)


def _metric_lines(run: Run, width: int) -> Iterator[StyledLine]:
    columns = [
        TableColumn("metric", minimum_width=12, maximum_width=_KEY_WIDTH),
        *(
            TableColumn(title, align_right=True, priority=priority)
            for priority, title in enumerate(_SUMMARY_TITLES)
        ),
    ]
    rows: list[TableRow] = []
    for metric in run.chart_metrics:
        summary = run.series[metric].summary()
        if summary is None:
            continue
        numbers = (summary.last, summary.minimum, summary.maximum, summary.first)
        rows.append(
            [
                metric or "(no name)",
                *(DASH if number is None else format_value(number) for number in numbers),
                f"{summary.value_count:,}",
                TableCell(f"{summary.nonfinite:,}" if summary.nonfinite else "", BAD),
            ]
        )
    if rows:
        yield from _lines_of(table(columns, rows, width - 2, len(rows) + 1))


def _lines_of(frame: Frame) -> Iterator[StyledLine]:
    """Yield a drawn table's rows as lines of the page."""
    for glyphs, styles in zip(frame.glyphs, frame.styles, strict=True):
        line = [StyledText("  ", TITLE)]
        start = 0
        for x in range(1, frame.width + 1):
            if x == frame.width or styles[x] != styles[start]:
                line.append(StyledText(Signed("".join(glyphs[start:x])), styles[start]))
                start = x
        yield line


def _kind_lines(objects: RunObjects, width: int) -> Iterator[StyledLine]:
    for kind, count in objects.kinds:
        yield from _fact(width, f"{kind}s" if count != 1 else kind, StyledText(f"{count:,}", VALUE))


def _alert_lines(
    alerts: Sequence[Alert], run: Run, now: float, width: int, parts: PageParts
) -> Iterator[StyledLine]:
    room = Room(_MOST_OF_A_KIND, _LEAST_TEXT)
    # The newest first, as a person most often looks for it.
    for alert in reversed(alerts):
        style = LEVEL_STYLES[alert.level]
        pieces = [StyledText(f"  {WARNING_SIGN} {alert.level:5}  ", style)]
        if alert.step is not None:
            meant = run.step_at(alert.step, alert.time)
            step = format_step(meant)
            pieces.append(StyledText(f"step {step}  ", LABEL))
        when = "at an unknown time" if math.isnan(alert.time) else _age(alert.time, now)
        pieces += [StyledText(alert.title or "(no title)", VALUE), StyledText(f"  {when}", MUTED)]
        yield from wrapped(pieces, width, _ALERT_INDENT)
        text = room.cut(alert.text or "", MOST_ON_A_PAGE)
        yield from parts.part(f"alert {alert.row_id}", text, partial(_indented, text, width))


def _indented(text: str, width: int) -> Iterator[StyledLine]:
    for line in text.splitlines():
        indented = " " * _ALERT_INDENT + line
        yield from wrapped([StyledText(indented, LABEL)], width, _ALERT_INDENT)


def _machine_lines(machine: Machine, width: int) -> Iterator[StyledLine]:
    for chart in machine.charts():
        for line in chart.lines:
            summary = line.series.summary()
            if summary is None:
                continue
            name = line_name(chart, line) if len(chart.lines) > 1 else ""
            value = newest_reading(line.series)
            shown = [StyledText(f"{value} {chart.unit}", VALUE)]
            if summary.minimum is not None and summary.maximum is not None:
                ends = (summary.minimum, summary.maximum)
                extent = DASH.join(format_reading(end) for end in ends)
                shown.append(StyledText(f"  {extent}", MUTED))
            yield from _fact(width, " ".join(filter(None, (chart.title, name))), *shown)


def _age(time: float, now: float) -> str:
    """Return a clock time and, in minutes so that nothing ticks, how long ago that is."""
    when, age = clock_time(time, now), age_text(now - time)
    if age == UNKNOWN:
        return when
    return f"{when}, {age} ago" if now - time >= 60 else f"{when}, just now"


def _text_lines(
    text: LoggedText, length: int, width: int, parts: PageParts
) -> Iterator[StyledLine]:
    shown = text.text[:length]
    for line in parts.part(f"text {text.key}", shown, lambda: markdown_lines(shown, width - 2)):
        yield [StyledText("  ", TITLE), *line]
    omitted = len(text.text) - length + text.omitted
    if omitted:
        yield (StyledText(f"  {omitted:,} more characters", MUTED),)


def _table_lines(logged: LoggedTable, width: int) -> Iterator[StyledLine]:
    if not logged.columns:
        yield (StyledText("  an empty table", MUTED),)
        return
    columns = [
        TableColumn(
            name or "(no name)",
            minimum_width=6,
            maximum_width=_MOST_CELL_WIDTH,
            priority=number,
        )
        for number, name in enumerate(logged.columns)
    ]
    rows = logged.rows[:_MOST_TABLE_ROWS]
    yield from _lines_of(table(columns, rows, width - 2, len(rows) + 1))
    left_out = [(logged.row_count - len(rows), "row")]
    left_out.append((len(columns) - shown_columns(columns, rows, width - 2), "column"))
    more = [f"{count:,} more {word}{'s' * (count != 1)}" for count, word in left_out if count > 0]
    if more:
        yield (StyledText(f"  {' and '.join(more)}", MUTED),)


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


def _histogram_lines(histogram: LoggedHistogram, width: int) -> Iterator[StyledLine]:
    from trackio_view.charts.bars import gauge

    bars = merged_bars(histogram.edges, histogram.counts, _MOST_HISTOGRAM_BARS)
    highest = max((count for _, _, count in bars), default=0.0)
    labels = [f"{format_value(low, 3)} {DASH} {format_value(high, 3)}" for low, high, _ in bars]
    counts = [_count_text(count) for _, _, count in bars]
    label_width, count_width = max(map(text_width, labels)), max(map(text_width, counts))
    bar_width = max(4, min(60, width - label_width - count_width - 8))
    for label, written, (_, _, count) in zip(labels, counts, bars, strict=True):
        # The highest is full also where it is infinite.
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
    for line in _lines_of(bar):
        yield list(line)[1:]


def _media_lines(media: Sequence[LoggedMedia], run: Run, width: int) -> Iterator[StyledLine]:
    for one in media:
        step = format_step(run.step_at(one.step))
        told = [StyledText(f"step {step}  ", MUTED), StyledText(one.path, TITLE)]
        if one.caption:
            told.append(StyledText(f"  {one.caption}", LABEL))
        yield from _fact(width, f"{one.key} ({one.kind})", *told)
