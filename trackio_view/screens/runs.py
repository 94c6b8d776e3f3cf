"""The table of runs: one line a run, and summaries above groups."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from trackio_view.charts.palette import (
    ACCENT,
    LABEL,
    TITLE,
)
from trackio_view.charts.text_table import ColumnCursor, TableColumn, table
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.screens.panels.run_cells import RunsContext, lazy_rows, names_to_tell_apart
from trackio_view.screens.panels.run_columns import (
    WIDEST_TITLE,
    direction_mark,
    headings,
    laid_out,
    ranks_of,
    widest_title,
)
from trackio_view.screens.panels.run_filter import no_run_has
from trackio_view.screens.pieces import Piece, draw_line
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import (
    POINTER,
    SEPARATOR,
    Repertoire,
)
from trackio_view.terminal.text import signed
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.runs.columns import column_of
from trackio_view.view.runs.table import (
    RunsTable,
)
from trackio_view.wording.missing import waiting_for
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import counted
from trackio_view.wording.origin_names import OriginNames


def draw_runs(
    frame: Frame, area: Rect, dashboard: Dashboard, now: float, repertoire: Repertoire, memo: Memo
) -> None:
    """Draw the table of runs into `area`."""
    shown = dashboard.runs_table(now)
    view = dashboard.view.runs
    cursor = view.column_position(shown)
    origins = memo.get(("origin titles", dashboard.known.revision), lambda: dashboard.origin_titles)
    rows = lazy_rows(RunsContext(shown, dashboard, now, repertoire, origins), memo)
    told_apart: dict[str, Callable[[], Names]] = {
        "name": partial(names_to_tell_apart, shown, dashboard, memo),
        "origin": lambda: OriginNames(origins.values()),
    }
    titled = headings(shown.columns, dashboard.width)
    titles, widest = Names(titled), widest_title(dashboard.width)
    ranks = ranks_of(shown.columns, cursor)
    content = table(
        [
            TableColumn("", minimum_width=1, maximum_width=1),
            *(
                laid_out(
                    column,
                    titles.cut(titled[place], widest),
                    ranks[place],
                    place == cursor,
                    shown,
                    dashboard,
                )._replace(names=told_apart.get(column.key))
                for place, column in enumerate(shown.columns)
            ),
        ],
        rows,
        area.width - 2,
        area.height,
        selected=view.position(shown) if shown.lines else None,
        offset=view.offset,
        cursor=ColumnCursor(cursor + 1),
        empty=_reason_for_nothing(dashboard, shown, repertoire),
    )
    frame.blit(content, area.x + 1, area.y)


def draw_runs_header(frame: Frame, dashboard: Dashboard, now: float) -> None:
    """Draw whose runs are listed, how many of them, and how they are arranged."""
    shown = dashboard.runs_table(now)
    view = dashboard.view.runs
    wanted = view.arrangement
    bold = TITLE._replace(bold=True)
    if view.all_projects:
        projects = len(dashboard.known.projects)
        title = counted(projects, "project")
    else:
        on_screen = dashboard.view.project
        title = "trackio-view" if on_screen is None else dashboard.project_title(on_screen)
    count = counted(shown.total, "run")
    if len(shown.matching) != shown.total or view.filter.strip():
        count = f"{len(shown.matching):,} of {count}"
    left = [Piece(title, bold, 3), Piece(f" {POINTER} ", LABEL, 3), Piece(count, bold)]
    if view.filter.strip() and dashboard.view.mode is not Mode.RUN_FILTER:
        left += [Piece("  ", LABEL, 5), Piece("filter ", LABEL, 6, needs=5)]
        left.append(Piece(view.filter.strip(), ACCENT, 5))
    right: list[Piece] = []
    titles = Names(column.title for column in shown.columns)
    sorted_by = next((column for column in shown.columns if column.key == wanted.sort), None)
    if sorted_by is not None:
        mark = direction_mark(wanted.descending)
        by = titles.cut(sorted_by.title, WIDEST_TITLE)
        right.append(Piece(signed("by ", by, " ", mark), LABEL, 4))
    grouped_by = column_of(wanted.group) if wanted.group is not None else None
    if grouped_by is not None:
        groups = sum(line.group is not None for line in shown.lines)
        separator = f" {SEPARATOR} " if right else ""
        title = titles.cut(grouped_by.title, WIDEST_TITLE)
        right.append(Piece(f"{separator}{counted(groups, 'group')} by ", LABEL, 7))
        right.append(Piece(title, LABEL, 7))
    if len(dashboard.view.marks):
        separator = f" {SEPARATOR} " if right else ""
        right.append(Piece(f"{separator}{len(dashboard.view.marks):,} marked", ACCENT, 2))
    draw_line(frame, 0, left, right)


def _reason_for_nothing(dashboard: Dashboard, shown: RunsTable, repertoire: Repertoire) -> str:
    if shown.total and shown.unknown_fields:
        return no_run_has(shown)
    if shown.total:
        return "no run matches the filter"
    project = dashboard.project
    if project is None:
        return "no project there yet"
    kept = dashboard.kept_sentence(arrows=repertoire is not Repertoire.ASCII)
    if kept:
        return kept
    if dashboard.awaits_project:
        return waiting_for(project.name)
    return "no runs there yet" if project.complete else "reading"


def _draw(canvas: Canvas) -> Drawn:
    frame, area, dashboard, now, repertoire, memo, _, _ = canvas
    draw_runs(frame, area, dashboard, now, repertoire, memo)
    return Drawn()


def _draw_header(canvas: Canvas) -> None:
    draw_runs_header(canvas.frame, canvas.dashboard, canvas.now)


DRAWING = Drawing(_draw, _draw_header, has_strip=True)
