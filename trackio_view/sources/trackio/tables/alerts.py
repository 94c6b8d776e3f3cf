"""Reads the alerts that runs raised, which TrackIO keeps since 0.18."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence, Set
from sys import intern

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.series.series import Number
from trackio_view.sources.trackio.run_identity import (
    BY_EITHER,
    BY_ID,
    has_both,
    has_runs,
    run_identity,
    run_name,
)
from trackio_view.sources.trackio.tables.rows import (
    MOST_TEXT,
    as_text,
    bounded,
    parse_time,
    step_number,
)
from trackio_view.sources.trackio.tables.schema import id_before, step_as_text

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert
    from trackio_view.sources.trackio.reader import Fetch, Row

ALERT_COLUMNS = """
SELECT name FROM pragma_table_info('alerts')
WHERE name <> 'id' OR pk AND upper(type) = 'INTEGER'
"""
"""An `id` column that is no key may hold anything; such rows are left out, as in other tables."""


def read_alerts(fetch: Fetch, identity: str) -> list[Alert] | None:
    """Return all alerts in id order, `None` where the project's TrackIO had no table for them."""
    query = alerts_query((name for (name,) in fetch(ALERT_COLUMNS)), identity)
    return None if query is None else decode_alerts(fetch(query, (0, -1)))


def newest_alert(fetch: Fetch, identity: str) -> Alert | None:
    """Return the alert that was raised last, `None` where there is none."""
    query = alerts_query((name for (name,) in fetch(ALERT_COLUMNS)), identity, most=MOST_TEXT)
    highest = None if query is None else fetch("SELECT max(rowid) FROM alerts")[0][0]
    if query is None or highest is None:
        return None
    return next(iter(decode_alerts(fetch(query, (id_before(highest), 1)))), None)


def alerts_query(columns: Iterable[str], identity: str, *, most: int | None = None) -> str | None:
    """Return the query for alerts after an id, up to a number; `None` where there is no table.

    Alerts came with TrackIO 0.18, their run ids with 0.24. A number below 0 means all. With
    `most`, no more characters than that of a text are read, and how many there are.
    """
    known = set(columns)
    run = _run(known, identity)
    if run is None:
        return None

    def text(name: str) -> str:
        if name not in known:
            return "NULL, NULL"
        return f"{name}, NULL" if most is None else f"substr({name}, 1, {most}), length({name})"

    step = step_as_text("step") if "step" in known else "NULL"
    key = _key(known)
    name, level, time = run_name(known), _column(known, "level"), _column(known, "timestamp")
    others = ", ".join([name, text("title"), text("text"), level, step, time])
    return f"SELECT {key}, {run}, {others} FROM alerts WHERE {key} > ? ORDER BY {key} LIMIT ?"


def _key(columns: Set[str]) -> str:
    return "id" if "id" in columns else "rowid"


def _column(columns: Set[str], name: str) -> str:
    return name if name in columns else "NULL"


def alerts_named(columns: Iterable[str], identity: str, ids: Iterable[int]) -> str | None:
    """Return the query for id, run, name and time of those alerts of `ids` that exist; `None` where
    there is no table.
    """
    known = set(columns)
    run = _run(known, identity)
    if run is None:
        return None
    key, among = _key(known), ",".join(map(str, ids))
    told = f"{key}, {run}, {run_name(known)}, {_column(known, 'timestamp')}"
    return f"SELECT {told} FROM alerts WHERE {key} IN ({among})"


def any_after(columns: Iterable[str]) -> str:
    """Return the query for whether there is an alert after an id."""
    key = _key(set(columns))
    return f"SELECT {key} FROM alerts WHERE {key} > ? LIMIT 1"


def alerting_runs(columns: Iterable[str], identity: str) -> str | None:
    """Return the query for the runs with alerts, a row for each; `None` where there is no table."""
    run = _run(set(columns), identity)
    return None if run is None else f"SELECT DISTINCT {run} FROM alerts WHERE {run} IS NOT NULL"


def _run(columns: Set[str], identity: str) -> str | None:
    """Return the expression for an alert's run; `None` where the columns are those of no alerts."""
    if not has_runs(columns) or columns.isdisjoint(("title", "text")):
        return None
    run = run_identity(columns, identity)
    # An alert may lack the id that the rows of metrics have.
    return BY_EITHER if run == BY_ID and has_both(columns) else run


def decode_alerts(rows: Sequence[Row]) -> list[Alert]:
    """Return the alerts of rows of `alerts_query`; no row is broken enough to be left out."""
    if not rows:
        return []
    # Most projects have no alerts: they do not wait for this import.
    from trackio_view.model.alerts import Alert, known_level

    alerts = []
    for row_id, run, name, title, title_length, text, length, level, raw_step, stamp in rows:
        alerts.append(
            Alert(
                row_id=row_id,
                # A run raises the same alert again and again: each text is kept once.
                run_id=intern(as_text(run)),
                run_name=intern(as_text(name)),
                title=intern(_text(title, title_length)),
                text=None if text is None else _text(text, length),
                level=intern(known_level(as_text(level))),
                step=alert_step(raw_step),
                time=parse_time(stamp),
            )
        )
    return alerts


def alert_step(raw: object) -> Number | None:
    """Return the step that an alert tells, `None` where it tells none."""
    step = step_number(raw)
    return None if isinstance(step, float) and math.isnan(step) else step


def _text(part: object, length: int | None) -> str:
    """Return a text of which a part was read; the whole where its length is `None`."""
    return as_text(part) if length is None else bounded(as_text(part), length)
