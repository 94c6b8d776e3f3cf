"""Follows what a project's runs log of their machine: the rows of the table `system_metrics`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from trackio_view.model.run import RunRows
from trackio_view.sources.trackio.reader import Fetch
from trackio_view.sources.trackio.tables.rows import DecodedRows, decode_system
from trackio_view.sources.trackio.tables.schema import Schema, id_before
from trackio_view.sources.trackio.tables.witnesses import Witnesses, found

TwinRows = Callable[[float, int], Collection[int]]

CHUNK_ROWS = 250
"""Such rows are wide and come every ten seconds: a day of them is read in some forty chunks."""
_MOST_WITNESSES = 100


class Chunk(NamedTuple):
    """Some decoded rows, and whether they are the first of a load."""

    decoded: DecodedRows
    replaces: bool


class SystemRows:
    """The state of the table between two looks at it."""

    def __init__(self) -> None:
        self.broken = 0
        self.last_id: float = 0
        """The id of the newest row that was read."""
        self._witnesses = Witnesses(_MOST_WITNESSES)
        self._sent = False
        """Whether rows were sent before: only then an empty table is worth an event."""
        self._due = True

    def begin(self) -> None:
        """Read from the beginning at the next look, as the rows that were read are out of date."""
        self.last_id = self.broken = 0
        self._witnesses.forget()
        self._due = True

    def read(
        self, fetch: Fetch, schema: Schema | None, twins: TwinRows | None = None
    ) -> Iterator[Chunk]:
        """Yield what is new, in id order; first of a load also where it is nothing.

        `twins` returns the ids of rows that are known already, above an id and up to another.
        """
        if schema is None or not (self._due or self._continues(fetch, schema)):
            self.begin()
        if self._due:
            self.last_id = self._before_first(fetch, schema)
        while schema is not None:
            rows = fetch(schema.rows_after, (self.last_id, CHUNK_ROWS))
            if not rows:
                break
            known = twins(self.last_id, rows[-1][0]) if twins is not None else ()
            decoded = decode_system([row for row in rows if row[0] not in known])
            self.last_id = rows[-1][0]
            self.broken += decoded.broken
            self._witnesses.take((row[0], row[1], row[2], row[4]) for row in rows)
            yield self._chunk(decoded)
            if len(rows) < CHUNK_ROWS:
                break
        if self._due:
            self._due = False
            if self._sent:
                self._sent = False
                yield Chunk(DecodedRows([], 0), True)

    def sent(self) -> bool:
        """Note that rows from elsewhere are sent; return whether they are the first of a load."""
        replaces, self._due, self._sent = self._due, False, True
        return replaces

    def _chunk(self, decoded: DecodedRows) -> Chunk:
        return Chunk(decoded, self.sent())

    def _before_first(self, fetch: Fetch, schema: Schema | None) -> float:
        lowest = None if schema is None else fetch(schema.id_range, ())[0][0]
        return 0 if lowest is None else id_before(lowest)

    def _continues(self, fetch: Fetch, schema: Schema) -> bool:
        """Return whether the rows that were read are still there, as far as seeks can tell."""
        expected = self._witnesses.expected
        return not expected or found(fetch(schema.witnesses(expected), ())) == expected

    def witnesses(self, schema: Schema | None) -> list[str]:
        """Return the questions whose answers tell whether these rows are still there."""
        expected = self._witnesses.expected
        return [] if schema is None or not expected else [schema.witnesses(expected)]


def signs_of_life(batches: Iterable[RunRows]) -> dict[str, float]:
    """Return when each run last told of its machine, in seconds since the epoch, by run id.

    A run whose rows have no readable time is left out.
    """
    times: dict[str, float] = {}
    for batch in batches:
        newest = max((time for time in batch.times if time == time), default=None)
        if newest is not None:
            times[batch.run_id] = max(newest, times.get(batch.run_id, newest))
    return times
