"""A fleet at a glance: a line a machine and a cell a GPU, coloured by its load, and the sums."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from trackio_view.charts.bars import bar_cell
from trackio_view.charts.box import StyledText, draw_box, inside
from trackio_view.charts.palette import (
    ACCENT,
    HIGH_IS_GOOD,
    LABEL,
    MUTED,
    SELECTED,
    TITLE,
    VALUE,
    WARNING,
)
from trackio_view.model.fleet import FleetHost, FleetSampled, FleetTotals
from trackio_view.model.gpu import GpuSample
from trackio_view.screens.memo import Memo
from trackio_view.screens.pieces import Piece, draw_in_middle, draw_line
from trackio_view.terminal.cells import Frame, Rect
from trackio_view.terminal.glyphs import DASH, NONFINITE, SEPARATOR
from trackio_view.terminal.style import SHADES, Meaning, Style
from trackio_view.terminal.text import fit, text_width
from trackio_view.view.bindings import Mode
from trackio_view.view.dashboard import Dashboard
from trackio_view.view.fleet import FleetRow
from trackio_view.wording.fleet import (
    down_text,
    host_facts,
    memory_text,
    models_text,
    power_text,
    workloads,
    workloads_text,
)
from trackio_view.wording.moments import clock_time
from trackio_view.wording.names import Names
from trackio_view.wording.numbers import age_text

_CELL_WIDTHS = (4, 2, 1)
"""Columns of a cell: for a number, for a bar and a blank, for a bar."""
_NUMBER_WIDTH = 4
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
_WORKLOAD_WIDTH = 24
"""Columns from which on it is told who works on a machine."""


class _LineParts(NamedTuple):
    """Where the parts of a line stand."""

    name: int
    """Columns of a name."""
    cell: int
    """Columns of a cell."""
    cells: int
    """How many cells of a machine are seen."""
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
    # In one order whatever the lines are sorted by, so that they are looked through once.
    names = memo.names("hosts", sorted(row.host.name for row in rows))
    # What was told, and what of it is let through: a line is the same until that changes.
    version = (dashboard.known.fleet_looks, view.filter)
    key = ("parts of fleet lines", version, place.width)
    places = memo.get(key, lambda: _places(rows, place.width - 2))
    _draw_titles(frame, place, places)
    behind, width = places.name + 1, place.width - 2 - places.name - 1
    # A line's key is short, as each frame looks up every line.
    state = memo.number_of(("fleet lines", dashboard.known.fleet_looks, places, width))
    for offset, row in enumerate(shown):
        line = Rect(place.x + 1, place.y + 1 + offset, place.width - 2, 1)
        _draw_row(frame, line, row.host, places, names, selected=first + offset == cursor)
        down = "" if row.host.down_since is None else down_text(row.host, now)
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
    pieces = [Piece(f"{sums.gpus:,} GPU{'s' * (sums.gpus != 1)}", VALUE)]

    def add(text: str, rank: int, style: Style = VALUE) -> None:
        pieces.append(Piece(f" {SEPARATOR} ", LABEL, rank))
        pieces.append(Piece(text, style, rank))

    add(f"{sums.hosts:,} host{'s' * (sums.hosts != 1)}", 6)
    if sums.down:
        add(f"{sums.down:,} down", 2, WARNING)
    add(f"{sums.busy:,} busy", 2)
    add(f"{sums.idle:,} idle", 1)
    if sums.power is not None:
        add(power_text(sums.power), 4)
    if sums.memory_used is not None:
        add(memory_text(sums), 5)
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
        if name + 1 + most * cell <= width:
            break
    else:
        name, cell = min(wanted, max(_LEAST_NAME, width // 4)), _CELL_WIDTHS[-1]
    room = width - name - 1
    cells = min(most, max(1, room // cell))
    room -= cells * cell
    columns = []
    for column in _COLUMNS:
        if room < column.width:
            break
        columns.append(column)
        room -= column.width
    workload = room - 2 if len(columns) == len(_COLUMNS) and room >= _WORKLOAD_WIDTH else 0
    return _LineParts(name, cell, cells, tuple(columns), workload)


def _draw_titles(frame: Frame, place: Rect, places: _LineParts) -> None:
    x = frame.put(place.x + 1, place.y, "host", LABEL, limit=places.name)
    x = place.x + 1 + places.name + 1
    title = "load of each GPU, %" if places.cell == _NUMBER_WIDTH else "load of each GPU"
    frame.put(x, place.y, fit(title, places.cells * places.cell), LABEL)
    x += places.cells * places.cell
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
    x, more = 0, len(row.cells) - places.cells
    is_number = places.cell == _NUMBER_WIDTH
    for place, sample in enumerate(row.cells[: places.cells - (more > 0)]):
        glyphs, style = _cell(sample, is_number, place in row.matching)
        strip.put_glyphs(x + 2 * (is_number and len(glyphs) == 1), 0, glyphs, style)
        x += places.cell
    if more > 0:
        strip.put(x, 0, "+", MUTED)
    x = places.cells * places.cell
    facts = host_facts(row.host) if places.columns else {}
    for column in places.columns:
        strip.put(x, 0, f"{facts[column.title]:>{column.width}}", VALUE)
        x += column.width
    if places.workload:
        names_of_work = (name for name, _ in workloads(row.cells).most_common())
        strip.put(x + 2, 0, fit(", ".join(names_of_work), places.workload), LABEL)
    return strip


def _cell(sample: GpuSample, is_number: bool, matches: bool) -> tuple[str, Style]:
    """Return the load of a GPU: as a number, or as a bar of that height."""
    load = sample.utilization
    if not matches:
        return SEPARATOR, MUTED
    if sample.state is not None:
        return NONFINITE, WARNING
    if load is None:
        return DASH, MUTED
    if is_number:
        return f"{load:3.0f}", _load_style(HIGH_IS_GOOD.color(load / 100))
    return bar_cell(load, 0.0, 100.0, HIGH_IS_GOOD)


@lru_cache(maxsize=SHADES)
def _load_style(color: Meaning) -> Style:
    return Style(color)


def _sentence(row: FleetRow, newest: float, now: float) -> list[Piece]:
    """Return what is told of the machine under the cursor; `newest` is the fleet's newest reading.

    How late a machine's reading is, is told by that: the server's clock may show another time.
    """
    host = row.host
    told = models_text(host)
    pieces = [Piece(host.name, TITLE, 0)]
    if host.down_since is not None:
        pieces.append(Piece(f"  {down_text(host, now)}", WARNING, 1))
    elif newest - host.time >= _LATE_SECONDS:
        pieces.append(Piece(f"  read {age_text(newest - host.time)} before others", WARNING, 1))
    if told:
        pieces.append(Piece(f"  {told}", LABEL, 2))
    work = workloads_text(row.cells)
    if work:
        pieces.append(Piece(f"  {work}", ACCENT, 3))
    return pieces
