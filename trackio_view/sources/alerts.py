"""Reads the alerts that runs raised, which TrackIO keeps since 0.18: each row once."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from trackio_view.model.alerts import Alert, known_level
from trackio_view.sources.database import Row
from trackio_view.sources.rows import as_text, parse_time, step_number

Fetch = Callable[..., Awaitable[list[Row]]]

ALERT_COLUMNS = """
SELECT name FROM pragma_table_info('alerts')
WHERE name <> 'id' OR pk AND upper(type) = 'INTEGER'
"""
"""An `id` that is no key may hold anything: it is passed over, as in other tables."""
_MOST_ROWS = 500


class AlertRows:
    """How far the alerts of a project have been read."""

    def __init__(self) -> None:
        self._last_id = 0
        self._columns: set[str] | None = None

    def forget_columns(self) -> None:
        """Look anew which columns there are: the schema has changed."""
        self._columns = None

    def begin(self) -> None:
        """Start again from the first alert."""
        self._last_id = 0

    async def read(self, fetch: Fetch, identity: str) -> AsyncIterator[list[Alert]]:
        """Yield the alerts that came since the last call, in id order; none without a table.

        `identity` is the column by which the project's metric rows tell runs apart.
        """
        if self._columns is None:
            self._columns = {name for (name,) in await fetch(ALERT_COLUMNS)}
        query = alerts_query(self._columns, identity)
        if query is None:
            return
        while rows := await fetch(query, (self._last_id, _MOST_ROWS)):
            if rows[-1][0] <= self._last_id:
                # Garbled ids: following them would never end.
                return
            self._last_id = rows[-1][0]
            yield decode_alerts(rows)


def read_alerts(fetch: Callable[..., list[Row]], identity: str) -> list[Alert] | None:
    """Return all alerts in id order, `None` where the project's TrackIO had no table for them."""
    query = alerts_query((name for (name,) in fetch(ALERT_COLUMNS)), identity)
    return None if query is None else decode_alerts(fetch(query, (0, -1)))


def alerts_query(columns: Iterable[str], identity: str) -> str | None:
    """Return the query for alerts after an id, up to a number; `None` where there is no table.

    Alerts came with TrackIO 0.18, their run ids with 0.24. A number below 0 means all.
    """
    known = set(columns)
    runs = [name for name in (identity, "run_id", "run_name") if name in known]
    if not runs or not known & {"title", "text"}:
        return None

    def column(name: str) -> str:
        return name if name in known else "NULL"

    key = "id" if "id" in known else "rowid"
    name = "run_name" if "run_name" in known else runs[0]
    run = f"coalesce({runs[0]}, {name})"
    others = ", ".join([name, *map(column, ("title", "text", "level", "step", "timestamp"))])
    return f"SELECT {key}, {run}, {others} FROM alerts WHERE {key} > ? ORDER BY {key} LIMIT ?"


def decode_alerts(rows: Iterable[Row]) -> list[Alert]:
    """Return the alerts of rows of `alerts_query`; no row is broken enough to be left out."""
    alerts = []
    for row_id, run, name, title, text, level, raw_step, stamp in rows:
        step = None if raw_step is None else step_number(raw_step)
        alerts.append(
            Alert(
                row_id=row_id,
                run_id=as_text(run),
                run_name=as_text(name),
                title=as_text(title),
                text=None if text is None else as_text(text),
                level=known_level(as_text(level)),
                step=None if step is None or math.isnan(step) else step,
                time=parse_time(stamp),
            )
        )
    return alerts
