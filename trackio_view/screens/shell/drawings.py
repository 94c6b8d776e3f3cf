"""How each screen is drawn: the other half of `view.screen_table`, with the same modes.

A start loads the charts of one run alone. Each other screen is imported by what draws it, and all
of them by `import_ahead` once the first charts are on screen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from trackio_view.named_tuple import NamedTuple
from trackio_view.screens.chart_page import DrawnPage
from trackio_view.screens.memo import Memo
from trackio_view.screens.metrics import draw_metrics
from trackio_view.screens.pieces import Piece
from trackio_view.screens.shell.header import draw_header
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import Repertoire
from trackio_view.view.bindings import Mode
from trackio_view.view.chart_list import ChartListView
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.folding import PageSeen
from trackio_view.view.places import HelpView
from trackio_view.view.shown_charts import ShownCharts


class Canvas(NamedTuple):
    """What a screen is drawn on, and what it is drawn from."""

    frame: Frame
    area: Rect
    """The rows between header and footer."""
    dashboard: Dashboard
    now: float
    """In seconds since the epoch."""
    repertoire: Repertoire
    memo: Memo
    shown: ShownCharts
    """The charts on screen, or those below a screen that lies over them."""
    hurried: bool
    """Whether charts may stay as they were, so that the frame is in time."""


class Drawn(NamedTuple):
    """What came of it."""

    whole: bool = True
    """Whether everything is shown as it is."""
    furthest: int | None = None
    """The first line from which a text that scrolls shows its end; `None` where none does."""
    page: PageSeen | None = None
    """What is seen of a run's page."""
    charts: DrawnPage = DrawnPage(())
    """Where the charts are that can be pointed at."""

    @classmethod
    def of_charts(cls, page: DrawnPage) -> Drawn:
        return cls(page.whole, charts=page)


class Drawing(NamedTuple):
    """One row: how a screen is drawn."""

    body: Callable[[Canvas], Drawn] | None = None
    """`None` where nothing but the footer tells of it."""
    header: Callable[[Canvas], None] | None = None
    """Draws the first row of a ground. A screen over a ground keeps it."""
    has_strip: bool = False
    """Whether the line of GPUs may stand below it."""
    typed: Callable[[Canvas, int], tuple[list[Piece], list[Piece]]] | None = None
    """Returns up to so many columns of what is typed, and what stands beside it, where that is more
    than a word and the text.
    """


def _charts(canvas: Canvas) -> Drawn:
    frame, _, dashboard, now, repertoire, memo, shown, hurried = canvas
    draw = draw_metrics
    if dashboard.compared and shown.metrics:
        from trackio_view.screens.comparison import draw_comparison

        draw = draw_comparison
    return Drawn.of_charts(draw(frame, dashboard, shown, now, repertoire, memo, hurried=hurried))


def _charts_header(canvas: Canvas) -> None:
    compared = canvas.dashboard.compared if canvas.shown.metrics else []
    frame, dashboard, now, memo = canvas.frame, canvas.dashboard, canvas.now, canvas.memo
    has_box = bool(canvas.shown.layout.panel_width)
    draw_header(frame, dashboard, compared, now, memo, has_box=has_box)


def _system(canvas: Canvas) -> Drawn:
    from trackio_view.screens.system import draw_system

    page = draw_system(canvas.frame, canvas.dashboard, canvas.repertoire, canvas.memo)
    return Drawn.of_charts(page)


def _system_header(canvas: Canvas) -> None:
    from trackio_view.screens.system import draw_system_header

    draw_system_header(canvas.frame, canvas.dashboard, canvas.now)


def _wall(canvas: Canvas) -> Drawn:
    from trackio_view.screens.wall import draw_wall

    frame, _, dashboard, now, repertoire, memo, _, hurried = canvas
    return Drawn.of_charts(draw_wall(frame, dashboard, now, repertoire, memo, hurried=hurried))


def _wall_header(canvas: Canvas) -> None:
    from trackio_view.screens.wall import draw_wall_header

    draw_wall_header(canvas.frame, canvas.dashboard, canvas.now, canvas.memo)


def _gpus(canvas: Canvas) -> Drawn:
    from trackio_view.screens.gpus import draw_gpus

    draw_gpus(canvas.frame, canvas.area, canvas.dashboard, canvas.repertoire, canvas.memo)
    return Drawn()


def _gpus_header(canvas: Canvas) -> None:
    from trackio_view.screens.panels.gpu_lines import draw_gpu_header

    draw_gpu_header(canvas.frame, canvas.dashboard)


def _gpu_details(canvas: Canvas) -> Drawn:
    from trackio_view.screens.gpu_details import draw_gpu_details

    return Drawn(furthest=draw_gpu_details(canvas.frame, canvas.area, canvas.dashboard))


def _fleet(canvas: Canvas) -> Drawn:
    from trackio_view.screens.fleet import draw_fleet

    draw_fleet(canvas.frame, canvas.area, canvas.dashboard, canvas.now, canvas.memo)
    return Drawn()


def _fleet_header(canvas: Canvas) -> None:
    from trackio_view.screens.fleet import draw_fleet_header

    draw_fleet_header(canvas.frame, canvas.dashboard, canvas.now)


def _runs(canvas: Canvas) -> Drawn:
    from trackio_view.screens.runs import draw_runs

    frame, area, dashboard, now, repertoire, memo, _, _ = canvas
    draw_runs(frame, area, dashboard, now, repertoire, memo)
    return Drawn()


def _runs_header(canvas: Canvas) -> None:
    from trackio_view.screens.runs import draw_runs_header

    draw_runs_header(canvas.frame, canvas.dashboard, canvas.now)


def _run_list(mode: Mode) -> Callable[[Canvas], Drawn]:
    def draw(canvas: Canvas) -> Drawn:
        from trackio_view.screens.panels.run_lists import draw_run_lists

        frame, area, dashboard, _, _, memo, _, _ = canvas
        draw_run_lists(frame, area, dashboard, mode, memo)
        return Drawn()

    return draw


def _run_filter(canvas: Canvas, width: int) -> tuple[list[Piece], list[Piece]]:
    from trackio_view.screens.panels.run_filter import filter_hints, filter_pieces

    frame, _, dashboard, now, _, _, _, _ = canvas
    room = frame.width - min(len(dashboard.view.runs.typing.text), frame.width // 2) - 6
    hints = filter_hints(dashboard, now, room)
    return filter_pieces(dashboard, width), hints


def _run_page(canvas: Canvas) -> Drawn:
    from trackio_view.screens.run_page import draw_run_page

    frame, area, dashboard, now, _, memo, _, hurried = canvas
    return Drawn(*draw_run_page(frame, area, dashboard, now, memo, hurried=hurried))


def _media(canvas: Canvas) -> Drawn:
    from trackio_view.screens.media import draw_media

    draw_media(canvas.frame, canvas.area, canvas.dashboard, canvas.memo)
    return Drawn()


def _traces(canvas: Canvas) -> Drawn:
    from trackio_view.screens.traces import draw_traces

    draw_traces(canvas.frame, canvas.area, canvas.dashboard)
    return Drawn()


def _trace(canvas: Canvas) -> Drawn:
    from trackio_view.screens.trace import draw_trace

    frame, area, dashboard, now, _, memo, _, hurried = canvas
    return Drawn(*draw_trace(frame, area, dashboard, now, memo, hurried=hurried))


def _config_diff(canvas: Canvas) -> Drawn:
    from trackio_view.screens.config_diff import draw_config_diff

    frame, area, dashboard, _, _, _, _, _ = canvas
    return Drawn(furthest=draw_config_diff(frame, area, dashboard))


def _projects(canvas: Canvas) -> Drawn:
    from trackio_view.screens.projects import draw_projects

    draw_projects(canvas.frame, canvas.area, canvas.dashboard, canvas.now)
    return Drawn()


def _axes(canvas: Canvas) -> Drawn:
    from trackio_view.screens.axis_list import draw_axes

    draw_axes(canvas.frame, canvas.area, canvas.dashboard)
    return Drawn()


def _found(canvas: Canvas) -> Drawn:
    from trackio_view.screens.found import draw_found

    frame, area, dashboard, _, repertoire, memo, _, _ = canvas
    draw_found(frame, area, dashboard, repertoire, memo)
    return Drawn()


def _chart_list(canvas: Canvas) -> Drawn:
    from trackio_view.screens.chart_list import draw_chart_list

    frame, area, dashboard, _, _, memo, _, _ = canvas
    view = dashboard.view.state(ChartListView) or ChartListView()
    draw_chart_list(frame, area, dashboard, view, memo)
    return Drawn()


def _help(canvas: Canvas) -> Drawn:
    from trackio_view.screens.help import draw_help

    view = canvas.dashboard.view
    shown = view.state(HelpView) or HelpView()
    told = reversed(canvas.dashboard.known.notices.values())
    return Drawn(
        furthest=draw_help(
            canvas.frame,
            canvas.area,
            view.screen,
            shown.offset,
            shown.search.text,
            canvas.repertoire,
            view.keys.bindings,
            tuple(notice.text or "" for notice in told),
        )
    )


_CHART_DRAWING = Drawing(_charts, _charts_header, has_strip=True)

DRAWINGS: Mapping[Mode, Drawing] = {
    Mode.METRICS: _CHART_DRAWING,
    Mode.CURSOR: _CHART_DRAWING,
    Mode.ENLARGED: _CHART_DRAWING,
    Mode.RUNS: Drawing(_runs, _runs_header, has_strip=True),
    Mode.RUN_COLUMNS: Drawing(_run_list(Mode.RUN_COLUMNS)),
    Mode.RUN_GROUPS: Drawing(_run_list(Mode.RUN_GROUPS)),
    Mode.RUN_FILTER: Drawing(typed=_run_filter),
    Mode.RUN_PAGE: Drawing(_run_page),
    Mode.MEDIA: Drawing(_media),
    Mode.TRACES: Drawing(_traces),
    Mode.TRACE: Drawing(_trace),
    Mode.TRACE_SEARCH: Drawing(),
    Mode.CONFIG_DIFF: Drawing(_config_diff),
    Mode.CONFIG_SEARCH: Drawing(),
    Mode.GPUS: Drawing(_gpus, _gpus_header),
    Mode.GPU_FILTER: Drawing(),
    Mode.GPU_DETAILS: Drawing(_gpu_details),
    Mode.FLEET: Drawing(_fleet, _fleet_header),
    Mode.FLEET_FILTER: Drawing(),
    Mode.GO_TO: Drawing(),
    Mode.CHART_FILTER: Drawing(),
    Mode.FIND: Drawing(_found),
    Mode.CHART_LIST: Drawing(_chart_list),
    Mode.EXPORT: Drawing(),
    Mode.SYSTEM: Drawing(_system, _system_header),
    Mode.WALL: Drawing(_wall, _wall_header),
    Mode.PROJECTS: Drawing(_projects),
    Mode.X_AXIS: Drawing(_axes),
    Mode.HELP: Drawing(_help),
    Mode.HELP_SEARCH: Drawing(),
}
"""Every screen, by mode."""


def import_ahead() -> None:
    """Import what draws every screen, so that the first key that opens one need not wait for it,
    and so that a program that runs for days never loads a part of a later release.
    """
    from trackio_view.screens import (  # noqa: F401
        axis_list,
        chart_list,
        comparison,
        config_diff,
        fleet,
        found,
        gpu_details,
        gpus,
        help,
        media,
        projects,
        run_page,
        runs,
        system,
        trace,
        traces,
        wall,
    )
    from trackio_view.screens.panels import run_filter, run_lists  # noqa: F401
