"""The page of one run: everything that is known of it, one below the other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

from trackio_view.charts.box import blank_out, draw_box, inside, room_of_any_title
from trackio_view.charts.palette import BAD, LABEL, MUTED, TITLE, VALUE, WARNING
from trackio_view.charts.text_table import TableCell, TableColumn, TableRow, table
from trackio_view.model.gpu_activity import doing
from trackio_view.model.gpu_health import gpu_findings
from trackio_view.model.health import Finding
from trackio_view.model.machine import Machine, ended_gpu_keys
from trackio_view.model.objects import LoggedText, RunObjects
from trackio_view.model.pace import RunState, state_of, steps_per_second
from trackio_view.model.progress import progress, seconds_left
from trackio_view.model.project import Project
from trackio_view.model.run import NO_NAME, Run
from trackio_view.model.training_gpus import training_gpus
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.markdown import markdown_lines
from trackio_view.screens.memo import Memo
from trackio_view.screens.page_parts import (
    LEAST_TEXT,
    LINES_A_FRAME,
    MOST_OF_A_KIND,
    OpeningLine,
    PageLine,
    PageParts,
    Room,
    StyledLine,
)
from trackio_view.screens.panels.histogram import histogram_lines
from trackio_view.screens.panels.logged_media import media_lines
from trackio_view.screens.panels.logged_tables import table_sections
from trackio_view.screens.panels.logged_traces import trace_section
from trackio_view.screens.panels.page_lines import (
    KEY_WIDTH,
    draw_lines,
    fact_lines,
    opening_line,
    section,
    segments_of,
    table_as_lines,
)
from trackio_view.screens.panels.run_alerts import alert_section
from trackio_view.screens.panels.run_config import config_section
from trackio_view.series.envelope import holds_counts
from trackio_view.series.series import Number
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, ELLIPSIS, POINTER, WARNING_SIGN
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import text_width
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import Fold, FoldLine, Opened, PageSeen
from trackio_view.view.run_page import RunPageView
from trackio_view.wording.missing import RUN_GONE
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import (
    as_counts,
    format_apart,
    format_done,
    format_duration,
    format_rate,
    format_step,
)
from trackio_view.wording.system_metrics import (
    format_reading,
    line_name,
    newest_reading,
    not_logged_since,
)

_SUMMARY_TITLES = ("last", "min", "max", "first", "values", "not finite")
_MOST_METRICS = 60
"""How many metrics are listed without being asked for."""
_MOST_TEXT = 20_000


def draw_run_page(
    frame: Frame, area: Rect, dashboard: Dashboard, now: float, memo: Memo, *, hurried: bool
) -> tuple[bool, int | None, PageSeen]:
    """Draw the page of the run that is open into `area`, from the line that it is scrolled to.

    Returns whether all of the page is laid out, the first line from which its end is on screen,
    and what is seen of it. A hurried frame lays out `LINES_A_FRAME` of what is long, or what the
    screen shows: the next frames go on.
    """
    blank_out(frame, area)
    found, page = dashboard.page_run, dashboard.view.page
    place = inside(area)
    if found is None:
        draw_box(frame, area, title="run", focused=True)
        frame.put(place.x + 1, place.y, RUN_GONE, MUTED)
        return True, 0, PageSeen(page.key, page.opened)
    project, run = found
    width, room = place.width - 2, place.height
    lines, whole = _laid_out(
        dashboard, project, run, now, width, memo, max(LINES_A_FRAME, room) if hurried else None
    )
    seen = _seen(page, lines, room, dashboard.page_objects)
    first, current = page.first(seen), page.current(seen)
    right = []
    if len(lines) > room or not whole:
        count = len(lines) if whole else f"more than {len(lines)}"
        right.append(StyledText(f"lines {first + 1}-{first + room} of {count}", LABEL))
    title, names = _title(project, run, dashboard), None
    if text_width(title) > room_of_any_title(area.width):
        titles = [_title(project, other, dashboard) for other in project.every_run]
        names = memo.names("titles of pages", titles)
    draw_box(frame, area, title=title, right=right, focused=True, names=names)
    told = map(segments_of, lines[first : first + room])
    draw_lines(frame, place, told, None if current is None else seen.folds[current].line - first)
    return whole, max(0, len(lines) - room) if whole else None, seen


def _title(project: Project, run: Run, dashboard: Dashboard) -> str:
    return f"{dashboard.project_title(project.id)} {POINTER} {run.name or NO_NAME}"


def _seen(
    page: RunPageView, lines: Sequence[PageLine], room: int, objects: RunObjects | None
) -> PageSeen:
    folds = [
        FoldLine(number, line.fold)
        for number, line in enumerate(lines)
        if isinstance(line, OpeningLine)
    ]
    steps: Counter[str] = Counter()
    if objects is not None:
        steps.update(table.key for table in objects.tables)
        steps.update(one.key for one in objects.media)
    return PageSeen(page.key, page.opened, folds, len(lines), room, steps)


def _laid_out(
    dashboard: Dashboard,
    project: Project,
    run: Run,
    now: float,
    width: int,
    memo: Memo,
    most: int | None,
) -> tuple[list[PageLine], bool]:
    """Return the page's lines, as far as one frame may lay them out, and whether that is all."""
    parts = memo.get("parts of the run page", PageParts)
    page, revision = dashboard.view.page, dashboard.known.revision
    # Scrolling only changes which lines are seen.
    return parts.lay_out(
        (page.key, width),
        (revision, int(now), page.opened),
        lambda: page_lines(dashboard, project, run, now, width, parts),
        most,
    )


_ShortGpuFact = tuple[str, str, Style]
"""A GPU's name, and what it does or what is wrong with it."""


def _gpu_facts(dashboard: Dashboard, project: Project, run: Run, now: float) -> list[_ShortGpuFact]:
    facts: list[_ShortGpuFact] = []
    for number, sample in training_gpus(dashboard.known.gpus.samples, project, run, now):
        name = f"GPU {number}"
        load = "its load is not told"
        if sample.utilization is not None:
            measure = sample.measures.get("utilization")
            load = f"{sample.utilization:.0f}% load{f' ({measure})' if measure else ''}"
        if sample.state is None:
            facts.append((name, doing(sample) or load, VALUE))
        else:
            facts.append((name, sample.state_text or sample.state.value, WARNING))
        for finding in gpu_findings(sample, dashboard.known.thresholds) or ():
            facts.append((f"{WARNING_SIGN} {name}", finding.sentence, WARNING))
    return facts


def page_lines(
    dashboard: Dashboard, project: Project, run: Run, now: float, width: int, parts: PageParts
) -> Iterator[PageLine]:
    """Yield the page's lines, `width` columns wide at most."""
    objects, opened = dashboard.page_objects, dashboard.view.page.opened
    revision = dashboard.known.revision
    yield from _overview(run, dashboard.findings(project, run, now), now, width)
    for name, words, style in _gpu_facts(dashboard, project, run, now):
        yield from fact_lines(width, name, StyledText(words, style))
    yield from section("metrics", _metric_lines(run, opened, width, parts, revision), width)
    yield from alert_section(project.alerts_of(run), run, opened, now, width, parts)
    yield from config_section(run, opened, width, parts)
    # Older loggers' keys among the metrics are listed there.
    machine = project.machine_of(run)._replace(training=None)
    yield from section("machine", _machine_lines(machine, width), width)
    if objects is None:
        yield ()
        yield (StyledText(f"reading what else it logged{ELLIPSIS}", MUTED),)
        return
    if not run.series:
        yield from section("no numbers, but", _kind_lines(objects, width), width)
    room = Room(MOST_OF_A_KIND, LEAST_TEXT)
    for text in objects.texts:
        yield from section(
            _heading(text.key, text.step, run),
            _text_lines(text, room.taken(len(text.text), _MOST_TEXT), width, parts),
            width,
        )
    yield from table_sections(objects.tables, run, opened, width, parts)
    for histogram in objects.histograms:
        yield from section(
            _heading(histogram.key, histogram.step, run),
            histogram_lines(histogram, width),
            width,
        )
    yield from section("media", media_lines(objects.media, run, opened, width), width)
    yield from trace_section(objects.traces, run, width)


def _heading(key: str, logged_step: Number, run: Run) -> str:
    return f"{key} at step {format_step(run.step_at(logged_step))}"


def _overview(
    run: Run, findings: Sequence[Finding], now: float, width: int
) -> Iterator[StyledLine]:
    def fact(label: str, value: str, style: Style = TITLE) -> list[list[StyledText]]:
        return fact_lines(width, label, StyledText(value, style))

    state = state_of(run, now)
    # The page says that the state is inferred, because TrackIO records no state.
    told = state.value if state is RunState.UNKNOWN else f"looks {state.value}"
    yield from fact("state", told, VALUE)
    yield from fact("run id", run.run_id)
    if run.group:
        yield from fact("group", run.group)
    step = [StyledText(format_step(run.last_step), VALUE)]
    if run.step_metric is not None:
        counted = format_step(run.last_logged_step)
        step.append(StyledText(f"  from {run.step_metric}; logged as step {counted}", MUTED))
    if run.row_count:
        yield from fact_lines(width, "step", *step)
    done = progress(run)
    if done is not None:
        yield from fact("done", format_done(done))
    pace = steps_per_second(run)
    left = seconds_left(run, pace) if state is RunState.LIVE else None
    if left is not None:
        yield from fact("time left", format_duration(left))
    yield from fact("rows", f"{run.row_count:,}")
    if pace is not None:
        yield from fact("pace", format_rate(pace))
    if not math.isnan(run.first_time):
        yield from fact("started", clock_time(run.first_time, now))
        yield from fact("last row", clock_time(run.last_time, now))
        yield from fact("duration", format_duration(run.last_time - run.first_time))
    for finding in findings:
        name = finding.rule.name.replace("_", " ")
        yield from fact(f"{WARNING_SIGN} {name}", finding.sentence, WARNING)


def _metric_lines(
    run: Run, opened: Opened, width: int, parts: PageParts, revision: int
) -> Iterator[PageLine]:
    metrics, fold = run.chart_metrics, Fold("metrics")
    is_open = fold in opened.switched
    shown = metrics if is_open else metrics[:_MOST_METRICS]
    yield from parts.whole_part(
        "metrics", (revision, len(shown)), partial(_summary_lines, run, shown, width)
    )
    if len(metrics) > _MOST_METRICS:
        more = "all of them" if is_open else f"{len(metrics) - _MOST_METRICS:,} more"
        yield opening_line(fold, more, is_open=is_open)


def _summary_lines(run: Run, metrics: Sequence[str], width: int) -> Iterator[StyledLine]:
    columns = [
        TableColumn("metric", minimum_width=12, maximum_width=KEY_WIDTH),
        *(
            TableColumn(title, align_right=True, priority=priority)
            for priority, title in enumerate(_SUMMARY_TITLES)
        ),
    ]
    rows: list[TableRow] = []
    for metric in metrics:
        summary = run.series[metric].summary()
        if summary is None:
            continue
        found = (summary.last, summary.minimum, summary.maximum, summary.first)
        known = [number for number in found if number is not None]
        if holds_counts(run.steps, run.series[metric], len(run.series[metric])):
            known = as_counts(*known)
        told = iter(format_apart(known))
        rows.append(
            [
                metric or NO_NAME,
                *(DASH if number is None else next(told) for number in found),
                f"{summary.value_count:,}",
                TableCell(f"{summary.nonfinite:,}" if summary.nonfinite else "", BAD),
            ]
        )
    if rows:
        yield from table_as_lines(table(columns, rows, width - 2, len(rows) + 1))


def _kind_lines(objects: RunObjects, width: int) -> Iterator[StyledLine]:
    for kind, count in objects.kinds:
        yield from fact_lines(
            width, f"{kind}s" if count != 1 else kind, StyledText(f"{count:,}", VALUE)
        )


def _machine_lines(machine: Machine, width: int) -> Iterator[StyledLine]:
    told: list[tuple[str, list[StyledText]]] = []
    charts = machine.charts()
    ended = ended_gpu_keys(charts)
    for chart in charts:
        for line in chart.lines:
            summary = line.series.summary()
            if summary is None:
                continue
            name = line_name(chart, line) if len(chart.lines) > 1 else ""
            shown = [StyledText(f"{newest_reading(line.series)} {chart.unit}", VALUE)]
            if line.key in ended:
                shown = [StyledText(not_logged_since(line), MUTED)]
            if summary.minimum is not None and summary.maximum is not None:
                ends = (summary.minimum, summary.maximum)
                extent = DASH.join(format_reading(end) for end in ends)
                shown.append(StyledText(f"  {extent}", MUTED))
            told.append((" ".join(filter(None, (chart.title, name))), shown))
    yield from _facts(told, width)


def _facts(told: Sequence[tuple[str, list[StyledText]]], width: int) -> Iterator[StyledLine]:
    """Yield labels, which are told from one another, with what is said of each."""
    labels = Names(label for label, _ in told)
    for label, shown in told:
        yield from fact_lines(width, label, *shown, labels=labels)


def _text_lines(
    text: LoggedText, length: int, width: int, parts: PageParts
) -> Iterator[StyledLine]:
    shown = text.text[:length]
    for line in parts.part(f"text {text.key}", shown, lambda: markdown_lines(shown, width - 2)):
        yield [StyledText("  ", TITLE), *segments_of(line)]
    omitted = len(text.text) - length + text.omitted
    if omitted:
        yield (StyledText(f"  {omitted:,} more characters", MUTED),)


def _draw(canvas: Canvas) -> Drawn:
    frame, area, dashboard, now, _, memo, _, hurried = canvas
    return Drawn(*draw_run_page(frame, area, dashboard, now, memo, hurried=hurried))


DRAWING = Drawing(_draw)
