"""A preview of a project: rows from all over it and the newest, to be drawn while it is read."""

from __future__ import annotations

import time

from trackio_view.model.run import RunRows
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind
from trackio_view.sources.trackio.files.access import Access
from trackio_view.sources.trackio.reader import Reader, Row
from trackio_view.sources.trackio.tables.rows import decode
from trackio_view.sources.trackio.tables.schema import Schema

PREVIEW_SEEKS = 2_000
"""How many rows of a preview are spread over the whole project."""
PREVIEW_TAIL = 1_500
"""The newest rows, all of which a preview has."""
_WORTHWHILE = 6_000
"""Projects of fewer ids are read whole before a preview could be drawn."""
_BYTES = 8 << 20
_LOCKING_SEEKS = 100


class Previews:
    """The previews of one load: when the next is due, and which rows it has."""

    def __init__(self) -> None:
        self.worthwhile = False
        """Whether the load takes long enough for previews to be drawn."""
        self._newest_id = 0
        self._row_bytes = 1
        self._read_at = 0.0

    def begin(self, ids: int, row_bytes: int) -> None:
        """Begin with a project of so many ids and of so many bytes a row."""
        self.worthwhile = ids > _WORTHWHILE
        self._row_bytes = row_bytes
        self._newest_id = 0

    def is_due(self, interval: float) -> bool:
        """Return whether the newest preview was read at least so many seconds ago, and another is
        of use.
        """
        return self.worthwhile and time.monotonic() - self._read_at >= interval

    def read(self, reader: Reader, schema: Schema) -> list[RunRows] | None:
        """Return the rows of a preview; `None` where no row has come since the last one."""
        self._read_at = time.monotonic()
        low, high = reader.fetch(schema.id_range)[0]
        if high is None or high == self._newest_id:
            return None
        self._newest_id = high
        # Rows of thousands of metrics weigh as much as hundreds of others.
        share = min(1.0, _BYTES / (self._row_bytes * (PREVIEW_SEEKS + PREVIEW_TAIL)))
        tail = max(low, high - max(1, int(PREVIEW_TAIL * share)))
        seeks = max(1, int(PREVIEW_SEEKS * share))
        ids = [*range(low, tail, max(1, (tail - low) // seeks)), *range(tail, high + 1)]
        at_once = _LOCKING_SEEKS if reader.access is Access.ROLLBACK else len(ids)
        rows: list[Row] = []
        for start in range(0, len(ids), at_once):
            try:
                rows += reader.fetch(schema.rows_among(ids[start : start + at_once]))
            except DatabaseFault as fault:
                if fault.kind is FaultKind.TOO_MUCH:
                    # The next one has fewer rows.
                    self._row_bytes *= 4
                    self._newest_id = 0
                raise
        return decode(rows).batches
