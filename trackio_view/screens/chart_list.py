"""The list of all charts: the newest value and the course of each, and whether it is on screen."""

from __future__ import annotations

from trackio_view.charts.bars import trend_bars
from trackio_view.charts.box import StyledText, blank_out, draw_box, inside, middle
from trackio_view.charts.palette import ACCENT, LABEL, MUTED, VALUE, gradient_for
from trackio_view.charts.text_table import LazyRows, TableCell, TableColumn, TableRow, table
from trackio_view.model.run import Run
from trackio_view.screens.memo import Memo
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, DOT
from trackio_view.terminal.style import Style
from trackio_view.view.chart_choice import group_of
from trackio_view.view.chart_list import ChartListView, listed_charts
from trackio_view.view.charted_runs import runs_shown
from trackio_view.view.dashboard import Dashboard
from trackio_view.wording.numbers import format_value

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
    dropped = dashboard.view.charts.framing.dropped
    # As high as for all of them, so that it stands still while names are typed.
    rect = middle(area, _WIDEST, len(every) + 3)
    blank_out(frame, rect)
    facts = [StyledText(f"{len(listed):,} of {len(every):,}", LABEL)]
    if dropped:
        facts.append(StyledText(f"{len(dropped):,} off the screen", LABEL))
    draw_box(frame, rect, title="charts", right=facts, focused=True)
    place = inside(rect)
    names = memo.names("all charts", every)
    runs = runs_shown(dashboard)
    front = frozenset(dashboard.view.charts.framing.front)

    def row(at: int) -> TableRow:
        metric = listed[at]
        run = next((run for run in reversed(runs) if metric in run.series), None)
        state = _state_of(metric in dropped, metric in front)
        return _row(metric, run, state, memo)

    content = table(
        [
            TableColumn("", minimum_width=1, maximum_width=1),
            TableColumn(
                "chart",
                minimum_width=12,
                maximum_width=_WIDEST_NAME,
                grows=True,
                names=lambda: names,
            ),
            TableColumn("course", priority=2, minimum_width=_TREND_WIDTH),
            TableColumn("value", align_right=True, priority=1, minimum_width=8),
            TableColumn("group", priority=4, maximum_width=_WIDEST_GROUP),
            TableColumn("", priority=3, minimum_width=5),
        ],
        LazyRows(len(listed), row),
        place.width - 2,
        place.height,
        selected=view.position() if listed else None,
        empty="No chart is named like that.",
    )
    frame.blit(content, place.x + 1, place.y)


def _state_of(is_dropped: bool, is_front: bool) -> str:
    if is_dropped:
        return "off"
    return "front" if is_front else ""


def _row(metric: str, run: Run | None, state: str, memo: Memo) -> TableRow:
    is_off = state == "off"
    name = TableCell(metric or "(no name)", MUTED if is_off else VALUE)
    mark = TableCell("" if is_off else DOT, ACCENT)
    group = TableCell(group_of(metric), MUTED)
    if run is None:
        return [mark, name, "", TableCell(DASH, MUTED), group, TableCell(state, LABEL)]
    series = run.series[metric]
    key = ("course", id(run), metric, len(series))
    course = memo.get(key, lambda: trend_bars(series.values, _TREND_WIDTH))
    style = MUTED if is_off else Style(gradient_for(metric).color(_MIDDLE))
    value = TableCell(format_value(series.number(-1)), MUTED if is_off else LABEL)
    return [mark, name, TableCell(course, style), value, group, TableCell(state, LABEL)]
