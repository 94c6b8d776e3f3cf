"""The newest row of each run, found without a look at the rows before."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from trackio_view.light_typing import TYPE_CHECKING, Any, NamedTuple
from trackio_view.model.newest_runs import newest_first
from trackio_view.sources.trackio.run_identity import run_of
from trackio_view.sources.trackio.tables.rows import as_text, parse_time
from trackio_view.sources.trackio.tables.schema import Schema

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Row

_DAY = 86_400.0


class RunEnd(NamedTuple):
    """The newest row of a run."""

    run_id: str
    name: str
    last_id: int
    last_time: float
    """Seconds since the epoch; NaN where unknown."""


def run_ends(fetch: Callable[[str, Sequence[Any]], list[Row]], schema: Schema) -> list[RunEnd]:
    """Return the newest row of each run, those of the newest runs first.

    Where no index leads to a run's times, only the newest row of all is known. TrackIO has such an
    index since 0.5, and renamed no run before.
    """
    if not fetch(schema.index_by("timestamp"), (schema.identity,)):
        return [_end(row) for row in fetch(schema.newest_row, ())]
    now = time.time()
    # Times that cannot be yet tell nothing: a run has them last, where it has no others.
    tomorrow = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now + _DAY))
    return newest_first(map(_end, fetch(schema.run_ends, (tomorrow,))), now)


def _end(row: Row) -> RunEnd:
    return RunEnd(as_text(run_of(row[1], row[2])), as_text(row[2]), row[0], parse_time(row[3]))
