"""Reads traces of a project's file in a worker thread, which is interrupted where nobody waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from trackio_view.sources.trackio.faults import FaultKind, explain
from trackio_view.sources.trackio.files.database import Locks, open_at_rest, open_database
from trackio_view.sources.trackio.tables.traces import TracesReader, traces_of
from trackio_view.sources.worker_thread import Stop, in_thread

Result = TypeVar("Result")

_TRIES_AT_REST, _TRIES = 3, 5
"""How often a database is read that changes while it is read: without locks, and in all."""


async def read_traces(
    path: str, run_id: str, read: Callable[[TracesReader], Result]
) -> Result | str:
    """Return what `read` returns of a run's traces, or why they are not read as a sentence."""

    insist = False

    def work(stop: Stop) -> Result:
        if insist:
            connection = open_database(path, locks=Locks.BESIDE_WRITERS)
        else:
            connection = open_at_rest(path)
        try:
            stop.hold(connection)
            return read(traces_of(connection, run_id))
        finally:
            stop.let_go()
            connection.close()

    for attempt in range(_TRIES):
        insist = attempt >= _TRIES_AT_REST
        try:
            return await in_thread(work)
        except Exception as error:
            fault = explain(error)
            if fault is None:
                raise
            if fault.kind is not FaultKind.TRANSIENT or attempt == _TRIES - 1:
                return fault.text
    raise AssertionError("the last attempt returns")
