"""Reads a project's summary for lists, and its runs' configs."""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Sequence

from trackio_view.light_typing import TYPE_CHECKING
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails
from trackio_view.model.summary import ProjectSummary, newest_first
from trackio_view.sources.trackio.faults import DatabaseFault, FaultKind, explain
from trackio_view.sources.trackio.files.access import signature
from trackio_view.sources.trackio.files.database import (
    Locks,
    ProjectConnection,
    open_at_rest,
    open_database,
)
from trackio_view.sources.trackio.files.locations import ProjectFile, find_projects
from trackio_view.sources.trackio.run_identity import run_of
from trackio_view.sources.trackio.tables.alerts import ALERT_COLUMNS, alerting_runs
from trackio_view.sources.trackio.tables.json_reading import read_json
from trackio_view.sources.trackio.tables.rows import (
    MOST_TEXT,
    as_text,
    bounded,
    parse_time,
)
from trackio_view.sources.trackio.tables.run_ends import run_ends
from trackio_view.sources.trackio.tables.schema import Schema
from trackio_view.sources.trackio.tables.unsent import unsent_sentence

if TYPE_CHECKING:
    from trackio_view.sources.trackio.reader import Reader, Row

_ATTEMPTS_AT_REST, _ATTEMPTS = 2, 4
"""A project that is written to while it is read at rest is kept as it is by the later attempts."""


def summarize(project: ProjectFile, *, may_hold_up: bool = False) -> ProjectSummary | None:
    """Return what a glance at a project tells, or `None` for a database that is no project.

    A database that cannot be read is listed with its fault. Costs a scan of the smallest index
    for the count of rows, some 10 ms per million. Only where it `may_hold_up` a writer, it does so
    for that long.
    """
    fault: DatabaseFault | None = None
    for attempt in range(_ATTEMPTS):
        try:
            insist = attempt >= _ATTEMPTS_AT_REST
            return _summarize(project, insist=insist, may_hold_up=may_hold_up)
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            fault = explain(error)
            if fault is None:
                raise
            if fault.kind in (FaultKind.MISSING, FaultKind.EMPTY):
                return None
            if fault.kind is not FaultKind.TRANSIENT:
                break
    try:
        size = signature(project.path).size
    except OSError:
        size = 0
    text = fault.text if fault else None
    return ProjectSummary(project.id, None, None, None, size, text)


def _summarize(project: ProjectFile, *, insist: bool, may_hold_up: bool) -> ProjectSummary | None:
    try:
        return _summary_from(project, _opened(project.path, insist, may_hold_up))
    except sqlite3.Error as error:
        fault = explain(error)
        if fault is None or fault.kind is not FaultKind.DAMAGED:
            raise
    from trackio_view.sources.trackio.files.salvage import open_salvaged

    return _summary_from(project, open_salvaged(project.path))


def _opened(path: str, insist: bool, may_hold_up: bool) -> ProjectConnection:
    if not insist:
        return open_at_rest(path)
    # A glance at a large project may take longer than the rest between two flushes.
    return open_database(path, locks=Locks.ALWAYS if may_hold_up else Locks.BESIDE_WRITERS)


def _summary_from(project: ProjectFile, connection: ProjectConnection) -> ProjectSummary | None:
    try:
        found = summary_of(project.id, connection)
        size = connection.opened.size if connection.opened else 0
        return None if found is None else found._replace(size=size)
    finally:
        connection.close()


def summary_of(project: ProjectId, connection: Reader) -> ProjectSummary | None:
    """Return an opened project's summary, without its size; `None` where it is no project."""
    schema = Schema.of(connection)
    if schema is None:
        return None
    newest = run_ends(connection.fetch, schema)[:1]
    row_count = connection.fetch(schema.count_and_highest)[0][0]
    run_count = _run_count(connection, schema)
    pace = _pace(connection.fetch(schema.times_below(newest[0].last_id))) if newest else None
    time = newest[0].last_time if newest else math.nan
    known_time = None if math.isnan(time) else time
    return ProjectSummary(
        project,
        run_count,
        row_count,
        known_time,
        None,
        connection.damage,
        pace,
        unsent_sentence(connection.fetch, schema),
    )


def _run_count(connection: Reader, schema: Schema) -> int:
    """Return how many runs logged anything: numbers, their machine or an alert."""
    columns = {name for (name,) in connection.fetch(ALERT_COLUMNS)}
    queries = [
        schema.run_identities,
        None if schema.system is None else schema.system.run_identities,
        alerting_runs(columns, schema.identity),
    ]
    return len({row for query in queries if query for row in connection.fetch(query)})


def list_projects(directory: str | os.PathLike[str]) -> list[ProjectSummary]:
    """Return the projects in `directory`, those with the newest data first; OSError as found."""
    summaries = (summarize(project, may_hold_up=True) for project in find_projects(directory))
    return newest_first(summary for summary in summaries if summary is not None)


_LEAST_PACE_SECONDS, _MOST_PACE_SECONDS = 2.0, 60.0


def _pace(rows: Sequence[Row]) -> float | None:
    """Return rows a second, by the longest stretch of at most a minute that ends with the newest.

    `rows` are ids and timestamps, the newest first.
    """
    if not rows:
        # A look-up does not find an id that is no whole number.
        return None
    pace: float | None = None
    newest_id, newest_time = rows[0][0], parse_time(rows[0][1])
    for row_id, stamp in rows[1:]:
        seconds = newest_time - parse_time(stamp)
        if pace is not None and not seconds <= _MOST_PACE_SECONDS:
            break
        if seconds >= _LEAST_PACE_SECONDS:
            pace = (newest_id - row_id) / seconds
    return pace


def decode_details(rows: Sequence[Row], *, for_screen: bool) -> list[RunDetails]:
    """Return the runs of the rows of `Schema.details`; a config that is broken is `None`.

    What is only shown has its long texts cut; a script gets them whole.
    """
    details: dict[str, RunDetails] = {}
    for identity, name, config in rows:
        try:
            parsed = read_json(config)
            known = parsed if isinstance(parsed, dict) else None
            if known is not None and for_screen and len(config) > MOST_TEXT:
                from trackio_view.sources.trackio.tables.bounded_values import bounded_values

                known = bounded_values(known)
        except (TypeError, ValueError, RecursionError):
            known = None
        group = known.get("_Group") if known else None
        run_id = as_text(run_of(identity, name))
        shown = bounded(as_text(name)) if for_screen else as_text(name)
        details[run_id] = RunDetails(
            run_id, shown, known, None if group is None else as_text(group)
        )
    return list(details.values())
