"""What the person looks at of a fleet: its order, what is let through, the line of the cursor."""

from __future__ import annotations

import enum
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from trackio_view.light_typing import NamedTuple
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
    load: float | None
    """The mean load of those in percent; `None` where none tells, or the machine is down."""


class FleetOrder(enum.Enum):
    """What the machines are sorted by; the values are how the footer calls it."""

    HOST = "by host"
    LOAD = "most load first"
    IDLE = "most idle first"


@dataclass(slots=True, eq=False, repr=False)
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
    _matching: Sequence[FleetRow] = ()
    _rows: list[FleetRow] = field(default_factory=list)
    _places: Mapping[str, int] = field(default_factory=dict)
    _totals: FleetTotals | None = None
    _fleet: FleetSampled | None = None
    _filtered: str | None = None
    _ordered: FleetOrder | None = None

    def rows(self, fleet: FleetSampled | None) -> list[FleetRow]:
        """Return the machines that the filter lets through, in order."""
        if self._fleet is not fleet or self._filtered != self.filter:
            self._fleet, self._filtered = fleet, self.filter
            self._matching = _matching_rows(fleet, self.filter.lower().split())
            self._totals = self._ordered = None
        if self._ordered is not self.order:
            # Another order is of the same machines: neither they nor their sums are made anew.
            self._ordered = self.order
            self._rows = _in_order(self._matching, self.order)
            self._places = {row.host.name: place for place, row in enumerate(self._rows)}
        return self._rows

    def totals(self, fleet: FleetSampled | None) -> FleetTotals:
        """Return the sums over the GPUs that the filter lets through."""
        if fleet is not None and not self.filter.strip():
            return fleet.totals
        self.rows(fleet)
        if self._totals is None and fleet is not None and self._lets_all_through(fleet):
            self._totals = fleet.totals
        if self._totals is None:
            parts = (_matching_part(row.host, row.cells, row.matching) for row in self._matching)
            self._totals = fleet_totals(parts)
        return self._totals

    def _lets_all_through(self, fleet: FleetSampled) -> bool:
        rows = self._matching
        return len(rows) == len(fleet.hosts) and all(
            len(row.matching) == len(row.cells) for row in rows
        )

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
        # The first lines of the new order are shown, if the cursor is near them.
        self.offset = 0


def _matching_rows(fleet: FleetSampled | None, words: Sequence[str]) -> list[FleetRow]:
    """Return the machines that the words let through, by name."""
    hosts = () if fleet is None else fleet.hosts
    return [row for host in hosts if (row := _row(host, words)) is not None]


def _in_order(rows: Sequence[FleetRow], order: FleetOrder) -> list[FleetRow]:
    if order is FleetOrder.HOST:
        return list(rows)
    # Machines that tell no load come last; sorting keeps the order of names.
    sign = -1.0 if order is FleetOrder.LOAD else 1.0
    return sorted(rows, key=lambda row: math.inf if row.load is None else sign * row.load)


def _row(host: FleetHost, words: Sequence[str]) -> FleetRow | None:
    """Return a machine's line, `None` where neither its name nor any of its GPUs matches."""
    cells = host.cells
    left = [word for word in words if word not in host.name.lower()]
    if not left:
        return FleetRow(host, cells, _all_places(len(cells)), host.load)
    found = [places for text, places in host.searched.items() if all(word in text for word in left)]
    if len(found) == len(host.searched):
        return FleetRow(host, cells, _all_places(len(cells)), host.load) if found else None
    matching = frozenset(chain.from_iterable(found))
    if not matching:
        return None
    return FleetRow(host, cells, matching, _matching_part(host, cells, matching).load)


@lru_cache(maxsize=256)
def _all_places(count: int) -> frozenset[int]:
    return frozenset(range(count))


def _matching_part(
    host: FleetHost, cells: Sequence[GpuSample], matching: Collection[int]
) -> FleetHost:
    """Return the machine with the GPUs alone that match, or of which a partition does."""
    if len(matching) == len(cells):
        return host
    keys = {cells[place].identity.key for place in matching}
    keys |= {cells[place].identity.parent or "" for place in matching}
    samples = tuple(sample for sample in host.samples if sample.identity.key in keys)
    return host._replace(samples=samples)
