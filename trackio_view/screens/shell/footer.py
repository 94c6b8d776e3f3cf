"""The last lines: notices and progress, then the keys and what part of the data is on screen."""

from __future__ import annotations

from trackio_view.charts.bars import progress_bar
from trackio_view.charts.palette import ACCENT, BAD, KEY, LABEL, VALUE, WARNING
from trackio_view.model.clock import local_text
from trackio_view.model.events import ProjectOrigin, Severity
from trackio_view.screens.glyphs import Glyphs
from trackio_view.screens.lines import Piece, draw_line
from trackio_view.screens.panels.run_filter import filter_hints, filter_pieces
from trackio_view.screens.runs import runs_pieces
from trackio_view.terminal.cells import Frame
from trackio_view.view.bindings import TYPING, Mode, footer_entries
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.text_entry import MOST_CHARACTERS, is_full

_NOTICE_STYLES = {Severity.INFO: ACCENT, Severity.WARNING: WARNING, Severity.ERROR: BAD}
_PROGRESS_WIDTH = 12


def draw_footer(frame: Frame, dashboard: Dashboard, glyphs: Glyphs) -> None:
    """Draw the status line, where the layout has one, and the footer."""
    has_status = dashboard.layout.has_status
    footer_y = frame.height - 1
    if has_status:
        _draw_status(frame, footer_y - 1, dashboard, glyphs)
    if dashboard.view.mode in TYPING:
        # Whoever types must see it, whatever there is to say meanwhile.
        draw_line(frame, footer_y, *_typed_pieces(frame, dashboard, glyphs))
        return
    if dashboard.notices and not has_status:
        draw_line(frame, footer_y, _notice_pieces(dashboard, glyphs), [Piece("? help", LABEL, 1)])
        return
    labels = [] if has_status else _window_pieces(dashboard, glyphs)
    keys: list[Piece] = []
    for rank, (key, word) in enumerate(footer_entries(dashboard.view.mode, unicode=glyphs.unicode)):
        # Leaving and help stay longest, then the first; a key goes together with its word.
        place = {"quit": 1, "help": 1, "back": 2}.get(word, rank + 4)
        keys += [Piece(key, KEY, place), Piece(f" {word}   ", LABEL, place)]
    draw_line(frame, footer_y, keys, labels)


def _typed_pieces(
    frame: Frame, dashboard: Dashboard, glyphs: Glyphs
) -> tuple[list[Piece], list[Piece]]:
    """Return what is typed, and what stands beside it."""
    width = frame.width // 2 - 9
    if dashboard.view.mode is Mode.RUN_FILTER:
        typed = dashboard.view.runs.typed
        pieces = filter_pieces(dashboard, width, glyphs)
        hints = filter_hints(dashboard, frame.width - min(len(typed), frame.width // 2) - 6, glyphs)
    else:
        searching = dashboard.view.mode is Mode.CONFIG_SEARCH
        typed = dashboard.view.diff.search if searching else dashboard.view.gpus.filter
        word = "search: " if searching else "filter: "
        # The end of a long text is where it is typed.
        hidden = glyphs.ellipsis if len(typed) > width else ""
        pieces = [Piece(f"{word}{hidden}{typed[-width:]}{glyphs.cursor}", VALUE)]
        hints = [Piece("Enter", KEY, 1), Piece(" keep  ", LABEL, 1), Piece("Esc", KEY, 1)]
        hints.append(Piece(" drop", LABEL, 1))
    if is_full(typed):
        hints = [Piece(f"no more than {MOST_CHARACTERS} characters", WARNING)]
    return pieces, hints


def _draw_status(frame: Frame, y: int, dashboard: Dashboard, glyphs: Glyphs) -> None:
    left: list[Piece] = []
    project = dashboard.project
    bar = None
    if dashboard.notices:
        left = _notice_pieces(dashboard, glyphs)
    elif (
        not dashboard.view.on_gpus
        and project is not None
        and project.generation >= 0
        and not project.complete
    ):
        bar = progress_bar(
            project.loaded_rows, project.total_rows, _PROGRESS_WIDTH, unicode=glyphs.unicode
        )
        left = [
            Piece("reading ", LABEL, 1),
            Piece(" " * _PROGRESS_WIDTH, VALUE, 1),
            Piece(f" {project.progress:.0%}", VALUE, 1),
        ]
        if project.previewed_rows:
            sample = f"preview from {project.previewed_rows:,} of {project.total_rows:,} rows"
            left.append(Piece(f" {glyphs.separator} {sample}", WARNING, 2))
    draw_line(frame, y, left, _window_pieces(dashboard, glyphs))
    if bar is not None and frame.width > 40:
        frame.blit(bar, 9, y)


def _notice_pieces(dashboard: Dashboard, glyphs: Glyphs) -> list[Piece]:
    newest = next(reversed(dashboard.notices.values()))
    others = len(dashboard.notices) - 1
    # A project's notices are said in front of any other's screen, too.
    project = newest.origin.project if isinstance(newest.origin, ProjectOrigin) else None
    elsewhere = project in dashboard.projects and project != dashboard.view.project
    whose = f"{project}: " if elsewhere else ""
    pieces = [
        Piece(f"{glyphs.warning} ", _NOTICE_STYLES[newest.severity]),
        Piece(f"{whose}{newest.text or ''}", _NOTICE_STYLES[newest.severity]),
    ]
    return [*pieces, Piece(f"  +{others} more", LABEL, 2)] if others else pieces


def _window_pieces(dashboard: Dashboard, glyphs: Glyphs) -> list[Piece]:
    """Return the zoom's label, and which of the charts are on screen where not all are."""
    if dashboard.view.on_gpus:
        return [Piece(dashboard.view.gpus.history_span.label, ACCENT, 2)]
    if dashboard.view.on_system:
        count = len(dashboard.system_charts)
        page = dashboard.system_layout(count).page_size
        focus = max(0, min(dashboard.view.system_focus, count - 1))
    elif dashboard.view.on_runs:
        return runs_pieces(dashboard, glyphs)
    else:
        count, page, focus = len(dashboard.metrics), dashboard.layout.page_size, dashboard.focus
    if not count:
        return []
    pieces = [Piece(dashboard.zoom_level.label, ACCENT, 2)]
    since = dashboard.view.selection.since
    if since is not None:
        moment = local_text(since, "%m-%d %H:%M") or "an unknown time"
        pieces.append(Piece(f" {glyphs.separator} since {moment}", LABEL, 3))
    if page < count:
        first = focus - focus % page
        last = min(first + page, count)
        numbers = f"{first + 1}{glyphs.dash}{last}" if last > first + 1 else f"{first + 1}"
        word = "charts" if last > first + 1 else "chart"
        # Where the keys stand in the same line, there is room for the numbers alone.
        roomy = dashboard.layout.has_status
        place = f"{word} {numbers} of {count}" if roomy else f"{numbers}/{count}"
        pieces.append(Piece(f" {glyphs.separator} {place}", LABEL, 3))
    return pieces
