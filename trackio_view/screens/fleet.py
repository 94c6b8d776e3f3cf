"""A fleet at a glance: a line a machine and a cell a GPU, coloured by its load, and the sums."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from functools import lru_cache, partial

from trackio_view.charts.bars import bar_cell
from trackio_view.charts.box import draw_box, inside
from trackio_view.charts.palette import (
    ACCENT,
    HIGH_IS_GOOD,
    LABEL,
    MUTED,
    SELECTED,
    TITLE,
    VALUE,
    WARNING,
    style_in,
)
from trackio_view.light_typing import NamedTuple
from trackio_view.model.fleet import FleetHost, FleetSampled, FleetTotals
from trackio_view.model.gpu import GpuSample
from trackio_view.screens.canvas import Canvas, Drawing, Drawn
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import Piece, draw_in_middle, draw_line
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, ELLIPSIS, NONFINITE, SEPARATOR
from trackio_view.terminal.style import PLAIN, Style, StyledText
from trackio_view.terminal.text import fit, text_width
from trackio_view.view.actions import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.fleet import FleetRow
from trackio_view.wording.fleet import (
    down_text,
    host_facts,
    models_text,
    power_text,
    workloads,
    workloads_text,
)
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import age_text, counted, format_bytes_of

_CELL_WIDTHS = (4, 2, 1)
"""Columns of a cell: for a number, for a bar and a blank, for a bar."""
_NUMBER_WIDTH, _SPACED_BAR_WIDTH = 4, 2
_NUMBER_TITLES = ("load of each GPU, %", "GPU loads, %", "loads, %", "load")
_BAR_TITLES = ("load of each GPU", "GPU loads", "loads")
_CELLS_KEPT = 1_024
_LEAST_NAME, _MOST_NAME = 8, 32
_LATE_SECONDS = 90.0
"""Exporters are read each 10 to 30 seconds: from this age on a reading is called late."""


class _FleetColumn(NamedTuple):
    """What stands behind the cells, where there is room."""

    title: str
    width: int


_COLUMNS = (
    _FleetColumn("load", 6),
    _FleetColumn("power", 9),
    _FleetColumn("memory", 14),
    _FleetColumn("max", 7),
)
_COLUMNS_WIDTH = sum(column.width for column in _COLUMNS)
_WORKLOAD_WIDTH = 24
"""Columns from which on it is told who works on a machine."""


class _LineParts(NamedTuple):
    """Where the parts of a line stand."""

    name: int
    """Columns of a name."""
    cells: int
    """Columns for the cells, of which a machine with few GPUs has wider ones."""
    has_numbers: bool
    """Whether the cells of any machine have room for numbers."""
    columns: tuple[_FleetColumn, ...]
    workload: int
    """Columns for who works there, 0 without."""


def draw_fleet(frame: Frame, area: Rect, dashboard: Dashboard, now: float, memo: Memo) -> None:
    """Draw the machines of the fleet into `area`, those around the cursor where not all fit."""
    fleet, rows = dashboard.known.fleet, dashboard.fleet_rows
    if fleet is None or not fleet.hosts:
        _draw_none(frame, area, fleet)
        return
    place = inside(area)
    view = dashboard.view.fleet
    room = max(place.height - 2, 0)
    view_title = "Hosts" if not view.filter.strip() else f"Hosts with {view.filter.strip()!r}"
    seen = StyledText(f"{min(room, len(rows))} of {len(rows):,}", LABEL)
    draw_box(frame, area, title=view_title, right=[seen] * (room < len(rows)), focused=True)
    if not rows:
        frame.put(place.x + 1, place.y, "no host matches the filter", MUTED)
        return
    cursor = view.position(rows)
    first = max(0, min(view.offset, len(rows) - room))
    shown = rows[first : first + room]
    # What was told, and what of it is let through: a line is the same until that changes.
    version = (dashboard.known.fleet_looks, view.filter)
    # Names have one order, whatever the lines are sorted by, so that they are compared once.
    names = memo.get(
        ("names of a fleet", version),
        lambda: memo.names("hosts", sorted(row.host.name for row in rows)),
    )
    key = ("parts of fleet lines", version, place.width)
    places = memo.get(key, lambda: _places(rows, place.width - 2))
    _draw_titles(frame, place, places)
    behind, width = places.name + 1, place.width - 2 - places.name - 1
    # A line's key is short, as each frame looks up every line.
    state = memo.number_of(("fleet lines", dashboard.known.fleet_looks, places, width))
    for offset, row in enumerate(shown):
        line = Rect(place.x + 1, place.y + 1 + offset, place.width - 2, 1)
        _draw_row(frame, line, row.host, places, names, selected=first + offset == cursor)
        down = down_text(row.host, now) or ""
        # Another letter of the filter lets the same GPUs of most machines through.
        made_of = ("fleet line", row.host.name, row.matching, state, down)
        strip = memo.get(made_of, partial(_numbers, row, places, width, down))
        frame.blit(strip, line.x + behind, line.y)
    newest = memo.get(
        ("newest of a fleet", dashboard.known.fleet_looks),
        lambda: max(host.time for host in fleet.hosts),
    )
    told = _sentence(rows[cursor], newest, now)
    draw_line(frame, place.y + place.height - 1, told, x=place.x, width=place.width)


def draw_fleet_header(frame: Frame, dashboard: Dashboard, now: float) -> None:
    """Draw whose fleet it is, how large, what it does, and of when that is."""
    fleet = dashboard.known.fleet
    bold = TITLE._replace(bold=True)
    if fleet is None:
        draw_line(frame, 0, [Piece("Fleet", bold)])
        return
    sums = dashboard.view.fleet.totals(fleet)
    left = [Piece("Fleet", bold, 3), Piece(f" {SEPARATOR} ", LABEL, 3)]
    left += [Piece(f"{fleet.source} {SEPARATOR} ", LABEL, 9), *_sums(sums)]
    filtered = dashboard.view.fleet.filter.strip()
    if filtered and dashboard.view.mode is not Mode.FLEET_FILTER:
        left.append(Piece(f"  with {filtered}", ACCENT, 5))
    # The numbers stay while nobody answers: then it is their age that matters.
    age = now - fleet.time
    late = age >= _LATE_SECONDS
    when = f"{age_text(age)} old" if late else clock_time(fleet.time, now)
    right = [Piece(when, WARNING if late else LABEL, 1 if late else 8)] if age == age else []
    draw_line(frame, 0, left, right)


def _sums(sums: FleetTotals) -> list[Piece]:
    """Return the sums in the order of what they are worth where room lacks."""
    pieces = [Piece(counted(sums.gpus, "GPU"), VALUE)]

    def add(text: str, rank: int, style: Style = VALUE) -> None:
        pieces.append(Piece(f" {SEPARATOR} ", LABEL, rank))
        pieces.append(Piece(text, style, rank))

    add(counted(sums.hosts, "host"), 6)
    if sums.down:
        add(f"{sums.down:,} down", 2, WARNING)
    add(f"{sums.busy:,} busy", 2)
    add(f"{sums.idle:,} idle", 1)
    if sums.power is not None:
        add(power_text(sums.power), 4)
    if sums.memory_used is not None:
        add(format_bytes_of(sums.memory_used, sums.memory_total), 5)
    if sums.load is not None:
        add(f"{sums.load:.0f}% load", 7)
    return pieces


def _draw_none(frame: Frame, area: Rect, fleet: FleetSampled | None) -> None:
    lines = ["Asking Prometheus"]
    if fleet is not None:
        lines = ["No GPUs", "", *textwrap.wrap(fleet.report, max(8, area.width - 4))]
    draw_in_middle(frame, area, lines)


def _places(rows: Sequence[FleetRow], width: int) -> _LineParts:
    """Return where the parts of a line stand: the same for all, wherever the cursor is."""
    most = max((len(row.cells) for row in rows), default=0)
    longest = max((text_width(row.host.name) for row in rows), default=0)
    wanted = max(_LEAST_NAME, min(longest, _MOST_NAME))
    for cell in _CELL_WIDTHS:
        # A name gives way to numbers down to a quarter of the width.
        name = min(wanted, max(_LEAST_NAME, width // 4, width - most * cell - 1))
        # Blanks between bars are worth less than the columns that would have room without them.
        together = name + 1 + most + _COLUMNS_WIDTH
        if cell == _SPACED_BAR_WIDTH and together <= width < together + most:
            continue
        if name + 1 + most * cell <= width:
            break
    else:
        name, cell = min(wanted, max(_LEAST_NAME, width // 4)), _CELL_WIDTHS[-1]
    room = width - name - 1
    cells = min(most, max(1, room // cell)) * cell
    room -= cells
    least = min((len(row.cells) for row in rows if row.cells), default=0)
    columns = []
    for column in _COLUMNS:
        if room < column.width:
            break
        columns.append(column)
        room -= column.width
    # No column is so wide: with so much room left, all of them are there.
    workload = room - 2 if room >= _WORKLOAD_WIDTH else 0
    has_numbers = _cell_width(least, cells) == _NUMBER_WIDTH
    return _LineParts(name, cells, has_numbers, tuple(columns), workload)


def _cell_width(count: int, columns: int) -> int:
    """Return how wide the cells of a machine of so many GPUs are."""
    return next((width for width in _CELL_WIDTHS if count * width <= columns), _CELL_WIDTHS[-1])


def _draw_titles(frame: Frame, place: Rect, places: _LineParts) -> None:
    x = frame.put(place.x + 1, place.y, "host", LABEL, limit=places.name)
    x = place.x + 1 + places.name + 1
    titles = _NUMBER_TITLES if places.has_numbers else _BAR_TITLES
    title = next((one for one in titles if len(one) <= places.cells), "")
    frame.put(x, place.y, title, LABEL)
    x += places.cells
    for column in places.columns:
        frame.put(x, place.y, f"{column.title:>{column.width}}", LABEL)
        x += column.width
    if places.workload:
        frame.put(x + 2, place.y, "works for", LABEL)


def _draw_row(
    frame: Frame, line: Rect, host: FleetHost, places: _LineParts, names: Names, *, selected: bool
) -> None:
    """Draw a machine's name; what stands behind it is the same wherever the cursor is."""
    style = SELECTED if selected else VALUE if host.down_since is None else MUTED
    name = names.cut(host.name, places.name)
    name = name.ljust(places.name) if selected else name
    frame.put(line.x, line.y, name, style, limit=places.name)


def _numbers(row: FleetRow, places: _LineParts, width: int, down: str) -> Frame:
    """Return what stands behind a machine's name, of a row in height; `down` where it is."""
    strip = Frame(width, 1)
    if down:
        strip.put(0, 0, down, WARNING)
        return strip
    cell_width = _cell_width(len(row.cells), places.cells)
    more = len(row.cells) - places.cells // cell_width
    shown = row.cells[: places.cells // cell_width - (more > 0)]
    matching = row.matching if len(row.matching) < len(row.cells) else None
    glyphs: list[str] = []
    styles: list[Style] = []
    for place, sample in enumerate(shown):
        cell = _cell(sample, cell_width, matching is None or place in matching)
        glyphs += cell.glyphs
        styles += cell.styles
    strip.put_glyphs(0, 0, glyphs, styles)
    if more > 0:
        strip.put(len(glyphs), 0, "+", MUTED)
    x = places.cells
    if places.columns:
        facts = host_facts(row.host)
        told = "".join([_in_column(facts[one.title], one.width) for one in places.columns])
        # Numbers and their units are our own, and nothing in them has to be made harmless.
        x = strip.put_glyphs(x, 0, told, VALUE)
    if places.workload:
        names_of_work = (name for name, _ in workloads(row.cells).most_common())
        strip.put(x + 2, 0, fit(", ".join(names_of_work), places.workload), LABEL)
    return strip


def _in_column(text: str, width: int) -> str:
    """Return a fact at the right of its column. One that is too long is left out, because a part of
    a number would be another number.
    """
    return f"{text if len(text) < width else ELLIPSIS:>{width}}"


class _GpuCell(NamedTuple):
    """What is drawn for a GPU."""

    glyphs: Sequence[str]
    styles: Sequence[Style]


def _cell(sample: GpuSample, width: int, matches: bool) -> _GpuCell:
    """Return what tells the load of a GPU in so many columns."""
    if not matches:
        return _sign_cell(SEPARATOR, MUTED, width)
    if sample.state is not None:
        return _sign_cell(NONFINITE, WARNING, width)
    if sample.utilization is None or not math.isfinite(sample.utilization):
        return _sign_cell(DASH, MUTED, width)
    return _load_cell(round(sample.utilization), width)


@lru_cache(maxsize=_CELLS_KEPT)
def _load_cell(percent: int, width: int) -> _GpuCell:
    """Return a load as a number, or as a bar of that height."""
    if width < _NUMBER_WIDTH:
        glyph, style = bar_cell(percent, 0.0, 100.0, HIGH_IS_GOOD)
        return _padded(glyph, style, width)
    return _padded(f"{percent:3}", style_in(HIGH_IS_GOOD.color(percent / 100)), width)


@lru_cache(maxsize=_CELLS_KEPT)
def _sign_cell(sign: str, style: Style, width: int) -> _GpuCell:
    if width < _NUMBER_WIDTH:
        return _padded(sign, style, width)
    # It stands below the numbers' last digits.
    return _GpuCell((" ", " ", sign, " "), (PLAIN, PLAIN, style, PLAIN))


def _padded(text: str, style: Style, width: int) -> _GpuCell:
    blanks = width - len(text)
    return _GpuCell((*text, *" " * blanks), (*(style,) * len(text), *(PLAIN,) * blanks))


def _sentence(row: FleetRow, newest: float, now: float) -> list[Piece]:
    """Return what is told of the machine under the cursor; `newest` is the fleet's newest reading.

    How late a machine's reading is, is told by that: the server's clock may show another time.
    """
    host = row.host
    told = models_text(host)
    pieces = [Piece(host.name, TITLE, 0)]
    down = down_text(host, now)
    if down is not None:
        pieces.append(Piece(f"  {down}", WARNING, 1))
    elif newest - host.time >= _LATE_SECONDS:
        pieces.append(Piece(f"  read {age_text(newest - host.time)} before others", WARNING, 1))
    if told:
        pieces.append(Piece(f"  {told}", LABEL, 2))
    work = workloads_text(row.cells)
    if work:
        pieces.append(Piece(f"  {work}", ACCENT, 3))
    return pieces


def _draw(canvas: Canvas) -> Drawn:
    draw_fleet(canvas.frame, canvas.area, canvas.dashboard, canvas.now, canvas.memo)
    return Drawn()


def _draw_header(canvas: Canvas) -> None:
    draw_fleet_header(canvas.frame, canvas.dashboard, canvas.now)


DRAWING = Drawing(_draw, _draw_header)
