"""The help: every key by what it is about, in columns, made from the table of bindings."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache, partial

from trackio_view.charts.box import blank_out, draw_box, inside, middle
from trackio_view.charts.palette import ACCENT, KEY, LABEL, MUTED, WARNING
from trackio_view.light_typing import NamedTuple
from trackio_view.model.events import Notice
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.panels.whose_notice import whose
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import ELLIPSIS, Repertoire
from trackio_view.terminal.style import Style, StyledText
from trackio_view.terminal.text import fit, sanitize, shortened, text_width
from trackio_view.view.actions import MODES, Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.keys.bindings import BINDINGS, Binding
from trackio_view.view.keys.help_themes import HelpTheme, theme_of
from trackio_view.view.keys.key_labels import keys_label
from trackio_view.view.places import HelpView
from trackio_view.view.screen_table import SCREENS
from trackio_view.wording.numbers import counted

_COLUMN_WIDTH = 37
_MOST_COLUMNS = 4
_WIDEST_COLUMN = 52
_KEYS_WIDTH = 10
_GAP = 2
_MOST_NOTICES = 20
_MOST_OF_ONE = 600
"""Characters of a notice."""


class HelpLine(NamedTuple):
    """A line of a column: keys with what they do, how that goes on, a heading, or nothing."""

    keys: str = ""
    text: str = ""
    style: Style = LABEL
    indent: int = 0
    """Where the text of a line with keys begins."""


class _HelpPart(NamedTuple):
    """Keys below one heading."""

    title: str
    bindings: Sequence[Binding]


def help_parts(
    mode: Mode, search: str, bindings: Sequence[Binding] = BINDINGS
) -> tuple[list[_HelpPart], list[_HelpPart]]:
    """Return the keys of a screen by what they are about, and those of other screens by the screen.

    A key that `mode` has is not told again. A search leaves those whose keys or words hold each of
    its words.
    """
    wanted = search.lower().split()
    themes: dict[HelpTheme, list[Binding]] = {theme: [] for theme in HelpTheme}
    places: dict[Mode, list[Binding]] = {place: [] for place in dict.fromkeys((*MODES, *SCREENS))}
    for binding in bindings:
        keys = binding.keys
        told = f"{keys_label(keys)} {keys_label(keys, arrows=False)} {binding.help}".lower()
        if not all(word in told for word in wanted):
            continue
        if mode in binding.modes:
            themes[theme_of(binding.action)].append(binding)
        else:
            places[next(place for place in places if place in binding.modes)].append(binding)
    return (
        [_HelpPart(theme.value, found) for theme, found in themes.items() if found],
        [_HelpPart(place.value, found) for place, found in places.items() if found],
    )


def _lines_of(part: _HelpPart, width: int, *, arrows: bool) -> list[HelpLine]:
    """Return a part's lines in a column so wide, an empty one last."""
    labels = [fit(keys_label(binding.keys, arrows=arrows), width) for binding in part.bindings]
    # Few keys are longer; the words of the others stand near them.
    keys_width = min(_KEYS_WIDTH, width // 3, max(map(text_width, labels), default=0))
    lines = [HelpLine(text=part.title, style=ACCENT._replace(bold=True))]
    for keys, binding in zip(labels, part.bindings, strict=True):
        indent = max(keys_width, text_width(keys)) + 2
        first, *rest = textwrap.wrap(binding.help, max(8, width - indent)) or [""]
        lines.append(HelpLine(keys, first, indent=indent))
        lines += [HelpLine(" ", text, indent=keys_width + 2) for text in rest]
    return [*lines, HelpLine()]


def _in_columns(parts: Sequence[Sequence[HelpLine]], count: int) -> list[list[HelpLine]]:
    """Return parts one below the other in columns, as low as they can be with none cut in two."""
    height = max(map(len, parts), default=0)
    while True:
        columns: list[list[HelpLine]] = [[]]
        for part in parts:
            if len(columns[-1]) + len(part) > height:
                columns.append([])
            columns[-1] += part
        if len(columns) <= count:
            return columns
        height += 1


class _HelpPage(NamedTuple):
    """The help, laid out."""

    rows: Sequence[Sequence[HelpLine]]
    """Its lines from above, each of one line of every column."""
    column_width: int
    found: int
    """How many keys it tells of."""


@lru_cache(maxsize=16)
def help_page(
    mode: Mode,
    width: int,
    search: str = "",
    *,
    arrows: bool,
    bindings: Sequence[Binding] = BINDINGS,
    notices: tuple[str, ...],
) -> _HelpPage:
    """Return the help of a screen in `width` columns: notices in full, its own keys, those of
    others, its notes.
    """
    rows: list[list[HelpLine]] = [] if search else _rows_of_notices(notices, width)
    own, others = help_parts(mode, search, bindings)
    # Where a search leaves few parts, the words of each have the room that others would have.
    most = max(1, min(_MOST_COLUMNS, max(len(own), len(others))))
    count = max(1, min(most, (width + _GAP) // (_COLUMN_WIDTH + _GAP)))
    widest = _WIDEST_COLUMN if most > 1 else width
    column_width = max(1, min(widest, (width + _GAP) // count - _GAP))
    for parts in (own, others):
        laid_out = [_lines_of(part, column_width, arrows=arrows) for part in parts]
        columns = _in_columns(laid_out, count) if parts else []
        for row in range(max(map(len, columns), default=0)):
            rows.append([column[row] if row < len(column) else HelpLine() for column in columns])
        if parts is own and others and own:
            rows.append([HelpLine(text="On other screens", style=MUTED)])
            rows.append([HelpLine()])
    if not search:
        for note in SCREENS[mode].notes:
            rows += [[HelpLine(text=text, style=MUTED)] for text in textwrap.wrap(note, width)]
            rows.append([HelpLine()])
    while rows and not any(line.text for line in rows[-1]):
        rows.pop()
    found = sum(len(part.bindings) for part in (*own, *others))
    return _HelpPage(rows, column_width, found)


def _rows_of_notices(notices: Sequence[str], width: int) -> list[list[HelpLine]]:
    """Return the notices in full, for which the line that tells of them may be too short."""
    if not notices:
        return []
    rows = [[HelpLine(text="Notices", style=WARNING._replace(bold=True))]]
    for notice in notices[:_MOST_NOTICES]:
        lines = textwrap.wrap(sanitize(shortened(notice, _MOST_OF_ONE)), max(8, width))
        rows += [[HelpLine(text=text)] for text in lines]
    if len(notices) > _MOST_NOTICES:
        rows.append([HelpLine(text=f"and {len(notices) - _MOST_NOTICES:,} more", style=MUTED)])
    return [*rows, [HelpLine()]]


def draw_help(
    frame: Frame,
    area: Rect,
    mode: Mode,
    view: HelpView,
    repertoire: Repertoire,
    bindings: Sequence[Binding] = BINDINGS,
    notices: tuple[str, ...] = (),
) -> int:
    """Draw the help of `mode` over the middle of `area`, from the line that it is scrolled to.

    Returns the first line from which the end of the text is on screen.
    """
    search = view.search.text
    widest = _MOST_COLUMNS * (_WIDEST_COLUMN + _GAP) + _GAP
    arrows = repertoire is not Repertoire.ASCII
    width = min(widest, area.width)
    page = help_page(mode, width - 4, search, arrows=arrows, bindings=bindings, notices=notices)
    # The box is as high as for the whole text, so that it stands still during a search.
    whole = help_page(mode, width - 4, arrows=arrows, bindings=bindings, notices=notices)
    rect = middle(area, width, len(whole.rows) + 2)
    blank_out(frame, rect)
    facts = [StyledText(counted(page.found, "key"), LABEL)] if search else []
    draw_box(frame, rect, title="keys", right=facts, focused=True)
    place = inside(rect)
    furthest = max(0, len(page.rows) - place.height)
    first = min(view.offset, furthest)
    for y, row in enumerate(page.rows[first : first + place.height], place.y):
        for number, line in enumerate(row):
            _draw_line(frame, place.x + 1 + number * (page.column_width + _GAP), y, line)
    if not page.found:
        frame.put(place.x + 1, place.y, "No key matches these words.", MUTED)
    bottom = rect.y + rect.height - 1
    manual = f" trackio-view --manual {SCREENS[mode].keys.page} "
    more = f" {ELLIPSIS} more below " if first + place.height < len(page.rows) else ""
    if len(manual) + len(more) + 5 <= rect.width:
        frame.put(rect.x + 2, bottom, manual, MUTED)
    frame.put(rect.x + rect.width - len(more) - 2, bottom, more, MUTED)
    return furthest


def _draw_line(frame: Frame, x: int, y: int, line: HelpLine) -> None:
    frame.put(x, y, line.keys, KEY)
    frame.put(x + line.indent, y, line.text, line.style)


def _told(dashboard: Dashboard, notice: Notice) -> str:
    """Return a notice, behind the name of the project that it is about."""
    title = whose(dashboard, notice)
    return f"{title}: {notice.text}" if title else notice.text or ""


def _draw(canvas: Canvas) -> Drawn:
    view = canvas.dashboard.view
    told = map(partial(_told, canvas.dashboard), reversed(canvas.dashboard.known.notices.values()))
    return Drawn(
        furthest=draw_help(
            canvas.frame,
            canvas.area,
            view.screen,
            view.state(HelpView) or HelpView(),
            canvas.repertoire,
            view.keys.bindings,
            tuple(told),
        )
    )


DRAWING = Drawing(_draw)
