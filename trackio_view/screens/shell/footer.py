"""The last lines: notices and progress beside what part of the data is on screen, then the keys."""

from __future__ import annotations

from collections.abc import Sequence

from trackio_view.charts.bars import progress_bar
from trackio_view.charts.palette import ACCENT, BAD, KEY, LABEL, MUTED, VALUE, WARNING
from trackio_view.model.events import Severity
from trackio_view.screens.canvas import Canvas
from trackio_view.screens.panels.cursor_values import reading_pieces
from trackio_view.screens.panels.tabs import tab_pieces
from trackio_view.screens.pieces import (
    Piece,
    draw_kept_line,
    draw_line,
    draw_rows,
    pieces_width,
)
from trackio_view.screens.shell.drawings import drawing_at
from trackio_view.screens.shell.window_pieces import LEAST, window_pieces
from trackio_view.terminal.cells import Frame
from trackio_view.terminal.glyphs import (
    SEPARATOR,
    WARNING_SIGN,
    Repertoire,
)
from trackio_view.terminal.style import Style
from trackio_view.terminal.text import text_width
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_choice import ALL, ChosenCharts
from trackio_view.view.charts.chart_list import ChartListView
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.input_events import OnKey
from trackio_view.view.keys.key_labels import key_label
from trackio_view.view.keys.offered import footer_keys, offered
from trackio_view.view.screen_row import Offer, Typed
from trackio_view.view.screen_table import SCREENS
from trackio_view.view.seen_screens import ground, is_on_charts, visible
from trackio_view.view.text_entry import MOST_CHARACTERS
from trackio_view.wording.names import cut_name
from trackio_view.wording.numbers import counted
from trackio_view.wording.sentences import fit_sentence, has_room, sentence_lines

_NOTICE_STYLES = {Severity.INFO: ACCENT, Severity.WARNING: WARNING, Severity.ERROR: BAD}
_PROGRESS_WIDTH = 12
_NARROW = 60
"""Below this width keys stand closer together."""
_AFTER_STRETCH = 9
_AFTER_SAID = 10
_MOST_LINES = 4
"""How many lines a sentence takes that one line has no room for."""
_GAP = "   "
"""Stands between two things that are told in one row."""
_LEAST_TYPED = 6
"""The least columns of a typed line, however much is said of it."""
_BESIDE_TYPED = 12
"""Columns between a typed line and the text about it, for the cursor, the edges and a few more
letters.
"""


def draw_footer(canvas: Canvas) -> None:
    """Draw the status line, where the layout has one, and the footer."""
    frame, dashboard = canvas.frame, canvas.dashboard
    has_status = canvas.shown.layout.has_status
    footer_y = frame.height - 1
    reading = _reading_pieces(canvas)
    if stretch_rows := canvas.shown.layout.stretch_rows:
        first = footer_y - has_status - stretch_rows
        reading = draw_rows(frame, range(first, first + stretch_rows), reading)
    if has_status:
        _draw_status(canvas, footer_y - 1, reading)
    typed = SCREENS[dashboard.view.mode].typed
    if typed is not None:
        # A text that is being typed is shown even where there is a notice.
        pieces, hints = _typed_pieces(canvas, typed(dashboard.view))
        if dashboard.view.said and not has_room(dashboard.view.said, _room_beside(frame, pieces)):
            _draw_above(frame, footer_y, dashboard.view.said, WARNING)
        draw_line(frame, footer_y, pieces, hints)
        return
    if dashboard.view.said and not has_room(dashboard.view.said, frame.width - 2):
        _draw_above(frame, footer_y, dashboard.view.said, VALUE)
    offers = offered(dashboard, canvas.shown)
    if has_status:
        key = ("keys", dashboard.view.mode, offers, frame.width)
        frame.blit(canvas.memo.get(key, lambda: _line_of_keys(canvas, offers)), 0, footer_y)
        return
    if told := _told_pieces(canvas, reading):
        help_key = f"{dashboard.view.key_of(Action.HELP)} help"
        draw_line(frame, footer_y, told, _with_preview(dashboard, [Piece(help_key, LABEL, LEAST)]))
        return
    screen, beside = SCREENS[dashboard.view.mode], []
    if screen.is_ground:
        beside = window_pieces(canvas, screen.footer(dashboard, canvas.now))
        beside = _with_preview(dashboard, beside)
    draw_line(frame, footer_y, _key_pieces(canvas, offers), beside)


def _draw_above(frame: Frame, y: int, said: str, style: Style) -> None:
    """Draw a sentence that one line has no room for in lines above a row, over what is there."""
    width = frame.width - 2
    # One line is left of all else.
    lines = sentence_lines(said, width, min(_MOST_LINES, y - 1))
    for row, line in enumerate(lines, y - len(lines)):
        frame.put(0, row, " " * frame.width, style)
        frame.put(1, row, line, style)


def _line_of_keys(canvas: Canvas, offers: tuple[Offer, ...]) -> Frame:
    """Return the line that tells of keys and of nothing else: the same until others matter."""
    line = Frame(canvas.frame.width, 1)
    draw_line(line, 0, _key_pieces(canvas, offers))
    return line


def _key_pieces(canvas: Canvas, offers: tuple[Offer, ...]) -> list[Piece]:
    arrows, view = canvas.repertoire is not Repertoire.ASCII, canvas.dashboard.view
    gap = " " * (2 if canvas.frame.width < _NARROW else 3)
    pieces: list[Piece] = []
    for entry in footer_keys(offers, view.mode, view.keys, arrows=arrows):
        # A key is left out together with its word.
        rank, on = entry.rank, OnKey(entry.each[0][1])
        pieces += _pieces_of_keys(entry.keys, entry.each, rank)
        pieces += [Piece(f" {entry.word}", LABEL, rank, on), Piece(gap, LABEL, rank)]
    return pieces[:-1]


def _pieces_of_keys(text: str, keys: Sequence[tuple[str, str]], rank: int) -> list[Piece]:
    """Return how keys are written, each of them to be pointed at by itself."""
    pieces: list[Piece] = []
    for label, key in keys:
        before, found, after = text.partition(label)
        if found:
            pieces += [Piece(before, KEY, rank), Piece(label, KEY, rank, OnKey(key))]
            text = after
    return [*pieces, Piece(text, KEY, rank)]


def _typed_pieces(canvas: Canvas, typed: Typed) -> tuple[list[Piece], list[Piece]]:
    """Return what is typed, and what stands beside it."""
    from trackio_view.screens.panels.typed_line import candidate_pieces, line_pieces

    said = canvas.dashboard.view.said
    width = canvas.frame.width // 2 - 9
    if said:
        # The text about a line matters more than the whole line.
        room = canvas.frame.width - text_width(said) - len(typed.word) - _BESIDE_TYPED
        width = max(_LEAST_TYPED, min(width, room))
    own = drawing_at(SCREENS[canvas.dashboard.view.mode].drawing).typed
    if own is not None:
        pieces, hints = own(canvas, width)
    else:
        pieces = [Piece(f"{typed.word}: ", VALUE), *line_pieces(typed.line, width)]
        hints = [Piece(f"{typed.examples}   ", MUTED, 2)] if typed.examples else []
        arrows = canvas.repertoire is not Repertoire.ASCII
        for keys, word in typed.keys:
            # A click means a single key.
            on = OnKey(keys[0]) if len(keys) == 1 else None
            label = ("" if arrows else " ").join(key_label(key, arrows=arrows) for key in keys)
            hints += [Piece(label, KEY, 2, on), Piece(f" {word}", LABEL, 2, on)]
            hints.append(Piece("  ", LABEL, 2))
        # On screens where keys are text, these keys cannot be changed.
        keep, drop = OnKey("enter"), OnKey("escape")
        hints += [Piece("Enter", KEY, 1, keep), Piece(f" {typed.keep}", LABEL, 1, keep)]
        hints += [Piece("  ", LABEL, 1), Piece("Esc", KEY, 1, drop)]
        hints.append(Piece(f" {typed.drop}", LABEL, 1, drop))
    room = _room_beside(canvas.frame, pieces)
    if said:
        if has_room(said, room):
            hints = [Piece(fit_sentence(said, room), WARNING)]
    elif typed.line.candidates and not canvas.shown.layout.has_status:
        hints = candidate_pieces(typed.line, room) or hints
    elif typed.line.is_full:
        hints = [Piece(f"no more than {MOST_CHARACTERS} characters", WARNING)]
    return pieces, hints


def _room_beside(frame: Frame, pieces: Sequence[Piece]) -> int:
    """Return how many columns a row has left beside pieces at one of its ends."""
    return max(0, frame.width - 4 - pieces_width(pieces))


def _draw_status(canvas: Canvas, y: int, reading: list[Piece]) -> None:
    frame, dashboard = canvas.frame, canvas.dashboard
    screen, project = ground(dashboard.view), dashboard.project
    words = screen.footer(dashboard, canvas.now)
    typed = SCREENS[dashboard.view.mode].typed
    if typed is not None:
        from trackio_view.screens.panels.typed_line import candidate_pieces

        if shown := candidate_pieces(typed(dashboard.view).line, frame.width - 2):
            draw_line(frame, y, shown)
            return
        if (listed := dashboard.view.state(ChartListView)) is not None:
            from trackio_view.screens.chart_list import listed_pieces

            # The list tells which of the charts are on screen; its keys are not those of groups.
            draw_line(frame, y, listed_pieces(dashboard, listed, frame.width - 2))
            return
    left: list[Piece] = []
    bar = None
    right = window_pieces(canvas, words)
    if told := _told_pieces(canvas, reading):
        left = told
        right = _with_preview(dashboard, right)
    elif (
        screen.reads_project
        and project is not None
        and project.generation >= 0
        and not project.complete
    ):
        bar = progress_bar(project.loaded_rows, project.total_rows, _PROGRESS_WIDTH)
        left = [
            Piece("reading ", LABEL, 1),
            Piece(" " * _PROGRESS_WIDTH, VALUE, 1),
            Piece(f" {project.progress:.0%}", VALUE, 1),
        ]
        if project.previewed_rows:
            sample = f"preview from {project.previewed_rows:,} of {project.total_rows:,} rows"
            left.append(Piece(f" {SEPARATOR} {sample}", WARNING, 2))
    if not left and is_on_charts(dashboard.view) and not _is_beneath_page(dashboard):
        left = _of_charts(canvas, _room_beside(frame, right))
    if dashboard.view.has_cursor:
        # Each of its keys makes another line: none is worth keeping.
        draw_line(frame, y, left, right)
    else:
        draw_kept_line(frame, y, left, right, canvas.memo)
    if bar is not None and frame.width > 40:
        frame.blit(bar, 9, y)


def _with_preview(dashboard: Dashboard, pieces: list[Piece]) -> list[Piece]:
    """Return pieces behind the word that the charts are a preview, where they are one and nothing
    else has room to say so.
    """
    project = dashboard.project
    is_preview = project is not None and project.previewed_rows > 0 and not project.complete
    if not is_preview or not is_on_charts(dashboard.view):
        return pieces
    behind = [piece._replace(text=f" {SEPARATOR} {piece.text}") for piece in pieces[:1]]
    return [Piece("preview", WARNING, 1), *behind, *pieces[1:]]


def _is_beneath_page(dashboard: Dashboard) -> bool:
    """Return whether a page of a run or of configs, with a `Tab` of its own, hides the charts."""
    pages = SCREENS[Mode.RUN_PAGE].keys
    return any(SCREENS[mode].keys is pages for mode in visible(dashboard.view))


def _of_charts(canvas: Canvas, room: int) -> list[Piece]:
    """Return what chooses the charts on screen, else what two marked runs come to."""
    dashboard, charts = canvas.dashboard, canvas.shown.chosen
    two_runs = _two_runs_pieces(canvas) if not _is_chosen(charts) else []
    return two_runs or tab_pieces(charts, dashboard.view.choice, room, canvas.memo)


def _two_runs_pieces(canvas: Canvas) -> list[Piece]:
    """Return what two marked runs come to; nothing where that would be cut inside a number."""
    if len(canvas.dashboard.compared) != 2:
        return []
    from trackio_view.screens.panels.two_runs import two_runs_pieces

    pieces = two_runs_pieces(canvas.dashboard, canvas.shown)
    told = pieces_width(piece for piece in pieces if not piece.rank)
    return pieces if told + len(_GAP) <= canvas.frame.width - 2 else []


def _is_chosen(charts: ChosenCharts) -> bool:
    return bool(charts.tab != ALL or charts.dropped or charts.filtered_of is not None)


def _told_pieces(canvas: Canvas, reading: list[Piece]) -> list[Piece]:
    """Return what is to be told at this moment: what was said, else what the charts say at the
    cursor, else the newest notice.
    """
    told = _said_pieces(canvas, reading)
    return _notice_pieces(canvas) if not told and canvas.dashboard.known.notices else told


def _reading_pieces(canvas: Canvas) -> list[Piece]:
    """Return what the charts say at the cursor, and what two marked runs come to."""
    dashboard = canvas.dashboard
    pieces = reading_pieces(dashboard, canvas.now) if is_on_charts(dashboard.view) else []
    two_runs = _two_runs_pieces(canvas) if pieces else []
    beside = [piece for piece in two_runs if not piece.rank]
    if not beside:
        return pieces
    if dashboard.view.charts.anchor is not None:
        # The facts of a stretch stand nowhere else.
        return [*pieces, *_ranked(_AFTER_STRETCH, Piece(_GAP, LABEL), *beside)]
    # Which of two runs is lower matters more than values that also stand in the titles.
    pieces = [piece._replace(rank=piece.rank + 2) for piece in pieces]
    return [*pieces, *_ranked(1, Piece(_GAP, LABEL), *beside)]


def _ranked(rank: int, *pieces: Piece) -> list[Piece]:
    return [piece._replace(rank=rank) for piece in pieces]


def _said_pieces(canvas: Canvas, pieces: list[Piece]) -> list[Piece]:
    """Return what the newest key made the program say, before what the charts say at the cursor."""
    dashboard = canvas.dashboard
    if SCREENS[dashboard.view.mode].typed is not None:
        # It stands beside what is typed.
        return []
    if dashboard.view.said and has_room(dashboard.view.said, canvas.frame.width - 2):
        told = [piece._replace(rank=piece.rank + _AFTER_SAID) for piece in pieces]
        gap = [Piece(_GAP, LABEL, _AFTER_SAID)] if told else []
        # Where the cursor is goes before the middles of long names.
        place = pieces_width(piece for piece in told if piece.rank == _AFTER_SAID)
        room = max(canvas.frame.width - 2 - (place + 5 if place else 0), canvas.frame.width // 2)
        if not has_room(dashboard.view.said, room):
            told, room = [], canvas.frame.width - 2
        said = fit_sentence(dashboard.view.said, room)
        return [Piece(said, VALUE), *_count_of_notices(dashboard, 1), *gap, *told]
    return [*pieces, *_count_of_notices(dashboard, 5)] if pieces else []


def _count_of_notices(dashboard: Dashboard, rank: int) -> list[Piece]:
    """Return how many notices another text hides, and where they are told."""
    count = len(dashboard.known.notices)
    if not count:
        return []
    text = f"   {WARNING_SIGN} {counted(count, 'notice')}: "
    return [Piece(text, WARNING, rank), *_help_pieces(dashboard, rank)]


def _help_pieces(dashboard: Dashboard, rank: int) -> list[Piece]:
    """Return the words that the help has notices in full."""
    key = dashboard.view.key_of(Action.HELP)
    return [Piece(key, KEY, rank, OnKey(key)), Piece(" tells", LABEL, rank, OnKey(key))]


def _notice_pieces(canvas: Canvas) -> list[Piece]:
    from trackio_view.screens.panels.whose_notice import whose

    dashboard = canvas.dashboard
    newest = next(reversed(dashboard.known.notices.values()))
    others = len(dashboard.known.notices) - 1
    # A project's notices are said in front of any other's screen, too.
    title = cut_name(whose(dashboard, newest), canvas.frame.width // 3)
    whole = f"{title}: {newest.text or ''}" if title else newest.text or ""
    pieces = [Piece(f"{WARNING_SIGN} ", _NOTICE_STYLES[newest.severity])]
    room = canvas.frame.width - 4
    more = [Piece(f"  +{others} more", LABEL, 2)] if others else []
    if text_width(whole) > room:
        # The help tells a notice that has no room here.
        told = _help_pieces(dashboard, 1)
        more = [Piece("  ", LABEL, 1), *told, *more]
        # Two blanks stand before the text at the right.
        room -= 2 + pieces_width(more)
    return [*pieces, Piece(fit_sentence(whole, room), _NOTICE_STYLES[newest.severity]), *more]
