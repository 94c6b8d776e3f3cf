"""The list of all charts: the newest value and the course of each, and whether it is on screen."""

from __future__ import annotations

from collections.abc import Collection

from trackio_view.charts.bars import trend_bars
from trackio_view.charts.box import blank_out, draw_box, inside, middle
from trackio_view.charts.palette import ACCENT, KEY, LABEL, MUTED, VALUE, gradient_for
from trackio_view.charts.text_table import LazyRows, TableCell, TableColumn, TableRow, table
from trackio_view.model.run import NO_NAME, Run
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import Piece
from trackio_view.series.envelope import holds_counts
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, DOT, FOLDED, POINTER, RING, SEPARATOR, UNFOLDED
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import fit, sanitize, signed, text_width
from trackio_view.view.charts.chart_choice import group_of
from trackio_view.view.charts.chart_list import ChartListView, listed_charts
from trackio_view.view.charts.charted_runs import runs_shown
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import as_counts, counted, format_value

_WIDEST = 96
_TREND_WIDTH = 16
_WIDEST_NAME = 48
_WIDEST_GROUP = 16
_MIDDLE = 0.5


def draw_chart_list(
    frame: Frame, area: Rect, dashboard: Dashboard, view: ChartListView, memo: Memo
) -> None:
    """Draw the list over the middle of `area`."""
    listed, every = listed_charts(dashboard, view), dashboard.every_metric
    lines, dropped = view.lines, dashboard.view.charts.framing.dropped
    # The box is as high as for all charts, so that it stands still while names are typed and groups
    # folded.
    groups = memo.get(
        ("groups of all charts", hash(tuple(every))), lambda: len(set(map(group_of, every)))
    )
    rect = middle(area, _WIDEST, len(every) + (groups if groups > 1 else 0) + 3)
    blank_out(frame, rect)
    facts = [StyledText(f"{len(listed):,} of {len(every):,}", LABEL)]
    if dropped:
        facts.append(StyledText(f"{len(dropped):,} off the screen", LABEL))
    place = inside(rect)
    names = memo.names("all charts", every)
    runs = runs_shown(dashboard)
    front = frozenset(dashboard.view.charts.framing.front)
    is_tree = bool(lines) and lines[0].metric is None
    title, line = "charts", view.line()
    if is_tree and line is not None:
        # The line of the group may have scrolled out of sight.
        title = signed(f"{title} ", POINTER, f" {fit(sanitize(line.group), _WIDEST_GROUP)}")
    draw_box(frame, rect, title=title, right=facts, focused=True)

    def row(at: int) -> TableRow:
        group, metric = lines[at]
        if metric is None:
            return _group_row(group, view, dropped, front)
        run = next((run for run in reversed(runs) if metric in run.series), None)
        state = _state_of(metric in dropped, metric in front)
        return _row(metric, run, state, memo, dashboard.known.revision, indent=is_tree)

    content = table(
        [
            TableColumn("", minimum_width=1, maximum_width=1),
            TableColumn(
                "chart",
                minimum_width=12,
                maximum_width=_WIDEST_NAME,
                grows=True,
                # Names below the line of a group leave out the group, so they are told apart
                # without it.
                names=None if is_tree else lambda: names,
            ),
            TableColumn("trend", priority=2, minimum_width=_TREND_WIDTH),
            TableColumn("value", align_right=True, priority=1, minimum_width=8),
            TableColumn("", priority=3, minimum_width=5),
        ],
        LazyRows(len(lines), row),
        place.width - 2,
        place.height,
        selected=view.position() if lines else None,
        empty="No chart is named like that.",
    )
    frame.blit(content, place.x + 1, place.y)


def listed_pieces(dashboard: Dashboard, view: ChartListView, width: int) -> list[Piece]:
    """Return what the line of the list is about, in full, for the row above the keys."""
    listed_charts(dashboard, view)
    line = view.line()
    if line is None:
        return []
    framing = dashboard.view.charts.framing
    metrics = view.of_group(line.group) if line.metric is None else [line.metric]
    at_front = frozenset(framing.front)
    facts = []
    if line.metric is None:
        facts.append(counted(len(metrics), "chart"))
    counts = [sum(one in those for one in metrics) for those in (framing.dropped, at_front)]
    for count, what in zip(counts, ("off the screen", "at the front"), strict=True):
        if count:
            facts.append(what if line.metric is not None else f"{count:,} {what}")
    told = "".join(f" {SEPARATOR} {fact}" for fact in facts)
    name = line.group if line.metric is None else line.metric or NO_NAME
    shown = fit(sanitize(name), max(1, width - text_width(told)))
    return [Piece(shown, VALUE), Piece(told, LABEL, 1)]


def _state_of(is_dropped: bool, is_front: bool) -> str:
    if is_dropped:
        return "off"
    return "front" if is_front else ""


def _group_row(
    group: str, view: ChartListView, dropped: Collection[str], front: Collection[str]
) -> TableRow:
    """Return the line of a group: whether it is folded, and how many charts it has."""
    metrics = view.of_group(group)
    off = sum(metric in dropped for metric in metrics)
    is_folded = group in view.folded and not view.typing.text
    mark = TableCell("" if off == len(metrics) else RING if off else DOT, ACCENT)
    name = TableCell(signed(FOLDED if is_folded else UNFOLDED, f" {group}"), KEY)
    count = TableCell(counted(len(metrics), "chart"), LABEL)
    state = f"{off:,} off" if off else ""
    if not off and all(metric in front for metric in metrics):
        state = "front"
    return [mark, name, "", count, TableCell(state, LABEL)]


def _row(
    metric: str, run: Run | None, state: str, memo: Memo, revision: int, *, indent: bool
) -> TableRow:
    is_off = state == "off"
    shown = metric or NO_NAME
    if indent:
        shown = f"  {shown.removeprefix(f'{group_of(metric)}/') or shown}"
    name = TableCell(shown, MUTED if is_off else VALUE)
    mark = TableCell("" if is_off else DOT, ACCENT)
    if run is None:
        return [mark, name, "", TableCell(DASH, MUTED), TableCell(state, LABEL)]
    series = run.series[metric]
    # Another run may come to lie in memory where this one lies, once something was reported.
    key = ("course", revision, id(run), metric)
    course = memo.get(key, lambda: trend_bars(series.values, _TREND_WIDTH))
    style = MUTED if is_off else Style(gradient_for(metric).color(_MIDDLE))
    newest = series.number(-1)
    if holds_counts(run.steps, series, len(series)):
        (newest,) = as_counts(newest)
    value = TableCell(format_value(newest), MUTED if is_off else LABEL)
    return [mark, name, TableCell(course, style), value, TableCell(state, LABEL)]


def _draw(canvas: Canvas) -> Drawn:
    view = canvas.dashboard.view.state(ChartListView) or ChartListView()
    draw_chart_list(canvas.frame, canvas.area, canvas.dashboard, view, canvas.memo)
    return Drawn()


DRAWING = Drawing(_draw)
