"""When TrackIO last logged system metrics for each run: a sign of life beside its rows."""

from __future__ import annotations

import math
from collections.abc import Iterable

from trackio_view.sources.trackio.reader import Row
from trackio_view.sources.trackio.tables.rows import as_text, parse_time

HEARTBEAT_COLUMNS = "SELECT name FROM pragma_table_info('system_metrics')"

_MOST_ROWS = 500
"""How many of the newest rows are looked at: a run without a row among them has been silent for
long."""


def heartbeats_query(columns: Iterable[str], identity: str) -> str | None:
    """Return the query for the newest rows after an id, `None` where there is no such table.

    `identity` is the column by which the project's metric rows tell runs apart.
    """
    known = set(columns)
    run = next((name for name in (identity, "run_id", "run_name") if name in known), None)
    if run is None or not {"id", "timestamp"} <= known:
        return None
    return (
        f"SELECT id, {run}, timestamp FROM system_metrics WHERE id > ?"
        f" ORDER BY id DESC LIMIT {_MOST_ROWS}"
    )


def decode_heartbeats(rows: Iterable[Row]) -> dict[str, float]:
    """Return the newest known time of each run, in seconds since the epoch."""
    times: dict[str, float] = {}
    for _, run, stamp in rows:
        time = parse_time(stamp)
        if not math.isnan(time):
            run_id = as_text(run)
            times[run_id] = max(times.get(run_id, time), time)
    return times
