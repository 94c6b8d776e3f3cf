"""Which rows of a project were read, and whether they are still there.

The newest row of each run is sought. Rows that were deleted in the middle need a count of all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence

from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.tables.rows import DecodedRows
from trackio_view.sources.trackio.tables.schema import Schema, id_before
from trackio_view.sources.trackio.tables.witnesses import Witnesses, found

_LOCKING_COUNT = 5_000
_MOST_WITNESSES = 500
_COUNT_SHARE = 0.02
"""The share of time that may go into counting rows, to notice those deleted."""


class RowsRead:
    """The rows that were read since the newest generation began."""

    def __init__(self) -> None:
        self.last_id: float = 0
        """The id of the newest one."""
        self.count = 0
        self.broken = 0
        """How many of these rows cannot be read."""
        self._witnesses = Witnesses(_MOST_WITNESSES)
        self._count_due = 0.0
        self._is_counted = True

    def begin(self, first: int) -> None:
        """Begin anew before the row with the id `first`."""
        self.last_id = id_before(first)
        self.count = self.broken = 0
        self._witnesses.forget()
        self._count_due = 0.0

    def take(self, rows: Sequence[Row], decoded: DecodedRows) -> None:
        """Add the rows that were read next, with their batches."""
        self.last_id = rows[-1][0]
        self.count += len(rows)
        self.broken += decoded.broken
        self._witnesses.take((row[0], row[1], row[2], row[4]) for row in _last_rows(rows, decoded))

    def witnesses(self, schema: Schema) -> list[str]:
        """Return the questions whose answers tell whether these rows are still there."""
        expected = self._witnesses.expected
        return [schema.witnesses(expected)] if expected else []

    def are_there(self, reader: Reader, schema: Schema) -> bool:
        """Return whether these rows are still there, as far as seeks can tell."""
        expected = self._witnesses.expected
        if not expected:
            return True
        there = found(reader.fetch(schema.witnesses(expected)))
        if reader.damage is not None:
            # Rows that were read before the damage stay on screen.
            return there.items() <= expected.items()
        return there == expected

    @property
    def seconds_to_count(self) -> float:
        """How long it is until these rows may be counted, if they were not when last asked; else
        infinite.
        """
        return math.inf if self._is_counted else max(0.0, self._count_due - time.monotonic())

    def count_soon(self) -> None:
        """Count the rows at the next question, however little time has passed."""
        self._count_due = 0.0

    def differ(self, reader: Reader, schema: Schema) -> bool:
        """Return whether a count of all rows up to the newest differs from the count of these.

        They are counted only as often as a small share of the time allows.
        """
        started = time.monotonic()
        self._is_counted = started >= self._count_due
        if not self._is_counted:
            return False
        count, highest = self._counted(reader, schema)
        self._count_due = started + (time.monotonic() - started) / _COUNT_SHARE
        if reader.damage is not None and count <= self.count:
            return False
        return (highest or 0) == self.last_id and count != self.count

    def _counted(self, reader: Reader, schema: Schema) -> tuple[int, float | None]:
        """Return how many rows there are, and the highest id up to which they were counted."""
        if reader.access is not Access.ROLLBACK:
            count, highest = reader.fetch(schema.count_and_highest)[0]
            return count, highest
        count = 0
        low = reader.fetch(schema.id_range)[0][0]
        while low is not None and low <= self.last_id:
            end = min(low + _LOCKING_COUNT - 1, self.last_id)
            count += reader.fetch(schema.count_between, (id_before(low), end))[0][0]
            # One seek finds the next id, as garbled ids may be any number apart.
            following = reader.fetch(schema.rows_after, (end, 1))
            low = following[0][0] if following else None
        return count, self.last_id


def _last_rows(rows: Sequence[Row], decoded: DecodedRows) -> Iterable[Row]:
    """Return rows among which is the last one of each run."""
    if sum(len(batch.steps) for batch in decoded.batches) < len(rows):
        # Some are in no batch: a run may have no other.
        return rows
    wanted = {batch.last_id for batch in decoded.batches}
    found = []
    for row in reversed(rows):
        if row[0] in wanted:
            wanted.discard(row[0])
            found.append(row)
            if not wanted:
                break
    return reversed(found)
