"""The newest row of each run of a table, which are witnesses of all that was read of it.

A run that is deleted loses its last row, one that is renamed has another name there, and where
another database is copied over, another row has its id: one seek a run tells that.
"""

from __future__ import annotations

from collections.abc import Iterable

from trackio_view.light_typing import Any, NamedTuple
from trackio_view.sources.trackio.reader import Row
from trackio_view.sources.trackio.run_identity import run_of
from trackio_view.sources.trackio.tables.rows import as_text


class Witness(NamedTuple):
    """What a row says of itself."""

    run_id: str
    run_name: str
    time: Any
    """As the database has it."""


class Witnesses:
    """The newest row of each run, of as many runs as are asked about at once."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._newest: dict[str, tuple[int, Witness]] = {}

    def forget(self) -> None:
        """Begin anew, as other rows will be read."""
        self._newest = {}

    def take(self, rows: Iterable[Row]) -> None:
        """Note rows that were read: id, run identity, run name and time of each.

        Where ids fall, they are garbled: what has such an id may be another row, and is no witness.
        """
        told = list(map(_witness, rows))
        ids = [row_id for row_id, _ in told]
        if ids == sorted(ids):
            self._newest.update((witness.run_id, (row_id, witness)) for row_id, witness in told)

    @property
    def expected(self) -> dict[int, Witness]:
        """What the rows say that are asked about, by id: those of the runs that logged last."""
        newest = sorted(self._newest.values(), key=lambda known: known[0])
        return dict(newest[-self._most :])


def found(rows: Iterable[Row]) -> dict[int, Witness]:
    """Return what those rows say that are there, by id."""
    return dict(map(_witness, rows))


def _witness(row: Row) -> tuple[int, Witness]:
    row_id, identity, name, time = row
    return row_id, Witness(as_text(run_of(identity, name)), as_text(name), time)
