"""What the person looks at of a fleet: its order, what is let through, the line of the cursor."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.model.fleet import FleetHost, FleetSampled, FleetTotals, fleet_totals
from trackio_view.model.gpu import GpuSample
from trackio_view.view.text_entry import TypedLine


class FleetRow(NamedTuple):
    """A machine on the screen."""

    host: FleetHost
    cells: Sequence[GpuSample]
    """What a program can have: its GPUs, or their partitions."""
    matching: frozenset[int]
    """The places of the cells that the filter lets through."""


class FleetOrder(enum.Enum):
    """What the machines are sorted by; the values are how the footer calls it."""

    HOST = "by host"
    LOAD = "most load first"
    IDLE = "most idle first"


@dataclass(slots=True)
class FleetView:
    """How the fleet is arranged, and where in it the person is."""

    opened: str | None = None
    """The machine whose GPUs were looked at last."""
    order: FleetOrder = FleetOrder.HOST
    filter: str = ""
    """Words each of which a GPU's host, model or workload has to hold."""
    typing: TypedLine = field(default_factory=TypedLine)
    offset: int = 0
    """The first line on screen; the cursor moves it."""
    _host: str | None = None
    """The machine that the cursor is on; it stays there while others come and go."""
    _place: int = 0
    _rows: list[FleetRow] = field(default_factory=list)
    _places: Mapping[str, int] = field(default_factory=dict)
    _totals: FleetTotals | None = None
    _fleet: FleetSampled | None = None
    _made_of: tuple[object, ...] = ()

    def rows(self, fleet: FleetSampled | None) -> list[FleetRow]:
        """Return the machines that the filter lets through, in order."""
        made_of = (self.order, self.filter)
        if self._fleet is not fleet or self._made_of != made_of:
            self._fleet, self._made_of = fleet, made_of
            self._rows = _arranged(fleet, self.filter.lower().split(), self.order)
            self._places = {row.host.name: place for place, row in enumerate(self._rows)}
            self._totals = None
        return self._rows

    def totals(self, fleet: FleetSampled | None) -> FleetTotals:
        """Return the sums over the GPUs that the filter lets through."""
        rows = self.rows(fleet)
        if self._totals is None:
            self._totals = fleet_totals(map(_matching_part, rows))
        return self._totals

    def position(self, rows: Sequence[FleetRow]) -> int:
        """Return the line of the cursor, 0 where there is none."""
        place = self._places.get(self._host, self._place) if self._host is not None else 0
        return max(0, min(place, len(rows) - 1))

    def row(self, rows: Sequence[FleetRow]) -> FleetRow | None:
        """Return the line that the cursor is on."""
        return rows[self.position(rows)] if rows else None

    def move(self, rows: Sequence[FleetRow], lines: int, room: int) -> None:
        """Move the cursor by lines, of which `room` are seen."""
        self._place = max(0, min(self.position(rows) + lines, len(rows) - 1))
        self._host = rows[self._place].host.name if rows else None
        self.scroll(rows, room)

    def scroll(self, rows: Sequence[FleetRow], room: int) -> None:
        """Let `room` lines be seen, the cursor's among them."""
        place = self.position(rows)
        furthest = max(0, len(rows) - room)
        self.offset = min(max(min(self.offset, place), place - room + 1, 0), furthest)

    def sort(self) -> None:
        """Go on to the next order; the cursor stays at the top or on its machine."""
        orders = list(FleetOrder)
        self.order = orders[(orders.index(self.order) + 1) % len(orders)]
        # What comes first in another order is seen, if the cursor is near.
        self.offset = 0


def _arranged(
    fleet: FleetSampled | None, words: Sequence[str], order: FleetOrder
) -> list[FleetRow]:
    if fleet is None:
        return []
    rows = [row for host in fleet.hosts if (row := _row(host, words)) is not None]
    if order is not FleetOrder.HOST:
        # Whoever tells no load comes last; sorting keeps the order of names.
        sign = -1.0 if order is FleetOrder.LOAD else 1.0
        rows.sort(key=lambda row: sign * load if (load := _load(row)) is not None else math.inf)
    return rows


def _load(row: FleetRow) -> float | None:
    return _matching_part(row).load


def _row(host: FleetHost, words: Sequence[str]) -> FleetRow | None:
    """Return a machine's line, `None` where none of its GPUs and neither its name matches."""
    cells = host.cells
    left = [word for word in words if word not in host.name.lower()]
    if not left:
        return FleetRow(host, cells, frozenset(range(len(cells))))
    matching = frozenset(place for place, cell in enumerate(cells) if _matches(cell, left))
    return FleetRow(host, cells, matching) if matching else None


def _matches(sample: GpuSample, words: Sequence[str]) -> bool:
    identity = sample.identity
    text = f"{identity.name}\n{identity.workload or ''}\n{identity.vendor}".lower()
    return all(word in text for word in words)


def _matching_part(row: FleetRow) -> FleetHost:
    """Return the machine with the GPUs alone that match, or of which a partition does."""
    if len(row.matching) == len(row.cells):
        return row.host
    keys = {row.cells[place].identity.key for place in row.matching}
    keys |= {row.cells[place].identity.parent or "" for place in row.matching}
    samples = tuple(sample for sample in row.host.samples if sample.identity.key in keys)
    return row.host._replace(samples=samples)
