"""Reads a project once, without waiting for more, for scripts and `--once`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType

from trackio_view.light_typing import TYPE_CHECKING, NamedTuple
from trackio_view.model.run import RunDetails, RunRows
from trackio_view.sources.trackio.faults import damaged
from trackio_view.sources.trackio.files.access import LOCKING_ROWS
from trackio_view.sources.trackio.run_identity import run_of
from trackio_view.sources.trackio.tables.alerts import newest_alert, read_alerts
from trackio_view.sources.trackio.tables.patient_reader import PatientReader
from trackio_view.sources.trackio.tables.rows import (
    DecodedRows,
    as_text,
    decode,
    decode_run,
    decode_system,
    parse_time,
    step_number,
)
from trackio_view.sources.trackio.tables.run_ends import RunEnd, run_ends
from trackio_view.sources.trackio.tables.schema import (
    BEFORE_ALL_IDS,
    Schema,
    id_before,
)
from trackio_view.sources.trackio.tables.summaries import decode_details
from trackio_view.sources.trackio.tables.unsent import unsent_sentence

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert
    from trackio_view.model.traces import LoggedTraces
    from trackio_view.sources.trackio.reader import Reader, Row

CHUNK_ROWS = 1000
"""Rows decoded at a time: more are slower, for they leave the processor's cache."""
FIRST_CHUNK_ROWS = 64


class RunGlance(NamedTuple):
    """One run of a project, as its rows tell."""

    run_id: str
    run_name: str
    row_count: int
    first_id: int
    last_id: int
    newest_time: object
    """The newest row's timestamp, as stored; `rows.parse_time` reads it."""
    first_time: object
    """The first row's."""


class ProjectReader:
    """A project opened to be read once; a context manager.

    Raises DatabaseFault, sqlite3.Error or OSError where the project cannot be read, each of which
    `faults.explain` puts into one sentence. Locks are waited for, for two seconds.
    """

    def __init__(
        self,
        path: str,
        opened: Callable[[], Reader] | None = None,
        salvaged: Callable[[], Reader] | None = None,
    ) -> None:
        """`opened` returns the connection where there is no file at `path`, `salvaged` a copy."""
        self.path = path
        self._reader = PatientReader(path, opened, salvaged)
        self._fetch = self._reader.fetch
        self._has_traces: bool | None = None
        """Whether any run logged one, once that was asked for."""
        self._newest: RunEnd | None = None
        """The newest run, once it was asked for: a server looks through an index to tell it."""
        self.broken_rows = 0
        """Rows met so far that are left out because they hold no JSON object."""

    def __enter__(self) -> ProjectReader:
        self._reader.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the project, as often as one likes."""
        self._reader.close()

    @property
    def schema(self) -> Schema:
        """The tables that there are."""
        return self._reader.schema

    @property
    def damage(self) -> str | None:
        """What could not be read of a damaged project, in one sentence."""
        return self._reader.damage

    @property
    def unsent(self) -> str | None:
        """A sentence about rows that wait to be sent to a server; `None` without any."""
        return unsent_sentence(self._fetch, self.schema)

    def newest_run(self) -> tuple[str, str] | None:
        """Return id and name of the run that is the newest, or `None` without rows."""
        self._newest = next(iter(run_ends(self._fetch, self.schema)), None)
        return None if self._newest is None else self._newest[:2]

    def newest_rowless(self) -> tuple[str, str] | None:
        """Return id and name of a run without rows that was heard of after the newest row.

        It told of its machine, or raised an alert; `None` where there is no such run.
        """
        if self._newest is None:
            self.newest_run()
        newest = self._newest
        written = -math.inf if newest is None else newest.last_time
        system = self.schema.system
        rows = [] if system is None else self._fetch(system.newest_row)
        heard = [(parse_time(row[3]), _run_id(row), as_text(row[2])) for row in rows]
        alert = newest_alert(self._fetch, self.schema.identity)
        if alert is not None:
            heard.append((alert.time, alert.run_id, alert.run_name))
        newest_id = None if newest is None else newest.run_id
        for time_heard, run_id, name in sorted(heard, reverse=True):
            if time_heard > written and run_id != newest_id and not self._has_rows(run_id):
                return run_id, name
        return None

    def _has_rows(self, run_id: str) -> bool:
        return self._fetch(self.schema.first_of_run, (run_id,))[0][0] is not None

    def runs(self) -> list[RunGlance]:
        """Return the project's runs, the newest first."""
        found = self._fetch(self.schema.runs)
        ends = sorted({row_id for _, _, *both in found for row_id in both})
        rows: dict[int, Row] = {}
        for start in range(0, len(ends), 500):
            for row in self._fetch(self.schema.rows_among(ends[start : start + 500])):
                rows[row[0]] = row
        glances = [
            RunGlance(
                run_id=_run_id(rows[last]),
                run_name=as_text(rows[last][2]),
                row_count=count,
                first_id=first,
                last_id=last,
                newest_time=rows[last][4],
                first_time=rows[first][4] if first in rows else None,
            )
            for _, count, first, last in found
            if last in rows
        ]
        order = {end.run_id: place for place, end in enumerate(run_ends(self._fetch, self.schema))}
        return sorted(glances, key=lambda run: order.get(run.run_id, len(order)))

    def details(self, run_id: str | None = None) -> list[RunDetails]:
        """Return what the project says of its runs, or of one of them, outside their rows."""
        query = self.schema.details
        rows = self._fetch(query) if query else []
        if run_id is not None:
            rows = [row for row in rows if as_text(run_of(row[0], row[1])) == run_id]
        return decode_details(rows, for_screen=False)

    def row_count(self) -> int:
        """Return how many rows of metrics there are."""
        count: int = self._fetch(self.schema.count_and_highest)[0][0]
        return count

    def id_range(self) -> tuple[int, int] | None:
        """Return the lowest and the highest id of a row, or `None` without rows."""
        low, high = self._fetch(self.schema.id_range)[0]
        return None if high is None else (low, high)

    def has_row(self, row_id: int) -> bool:
        """Return whether there is a row of this id."""
        return bool(self._fetch(self.schema.witnesses([row_id])))

    def rows(self, *, first_id: int | None = None) -> Iterator[RunRows]:
        """Yield the rows of all runs in id order, from an id on."""
        last = BEFORE_ALL_IDS if first_id is None else id_before(first_id)
        while chunk := self._fetch(self.schema.rows_after, (last, self._chunk_rows)):
            if chunk[-1][0] <= last:
                # Garbled ids: only a copy of what is readable has an order again.
                self._reader.salvage(damaged())
                continue
            last = chunk[-1][0]
            yield from self._counted(decode(chunk))

    def run_rows(
        self,
        run_id: str,
        *,
        first_id: int | None = None,
        last_id: int | None = None,
        times: bool,
    ) -> Iterator[RunRows]:
        """Yield the rows of one run in id order, from one id to another.

        The run's name is left empty, as in all that reads one run, and without `times` those
        are unknown.
        """
        bounds = self.id_range()
        if bounds is None:
            return
        lowest, highest = bounds
        if first_id is None and not self._reader.holds_up_writers:
            first_id = self.first_id(run_id)
        lowest = lowest if first_id is None else first_id
        highest = highest if last_id is None else last_id
        query = self.schema.run_rows_between(times=times)
        for chunk in self._between(query, run_id, lowest, highest):
            yield from self._counted(decode_run(chunk, run_id))

    def first_id(self, run_id: str) -> int | None:
        """Return the id of a run's first row where an index tells it, else `None`."""
        if self.schema.identity not in self.schema.indexed:
            return None
        first: int | None = self._fetch(self.schema.first_of_run, (run_id,))[0][0]
        return first

    def _between(self, query: str, run_id: str, lowest: int, highest: int) -> Iterator[list[Row]]:
        """Yield a run's rows in chunks, in id order, never more than a few chunks in memory."""
        span = FIRST_CHUNK_ROWS
        while lowest <= highest:
            end = min(highest, lowest + span - 1)
            chunk = self._fetch(query, (lowest, end, run_id))
            if not chunk and end < highest:
                # Ids may lie as far apart as numbers can: so rows are counted, not ids.
                ids = self._fetch(self.schema.ids_after, (end, highest, span))
                if not ids:
                    return
                end = ids[-1][0]
                chunk = self._fetch(query, (ids[0][0], end, run_id))
            lowest = end + 1
            span = min(span * 2, self._reach(chunk) * self._chunk_rows)
            if chunk:
                yield chunk

    def _reach(self, chunk: Sequence[Row]) -> int:
        """Return how many chunks' ids to look through: more where others' rows lie between."""
        return 1 if self._reader.holds_up_writers or len(chunk) > self._chunk_rows // 2 else 16

    def alerts(self) -> list[Alert] | None:
        """Return the project's alerts in id order, `None` where its TrackIO kept none yet."""
        return read_alerts(self._fetch, self.schema.identity)

    def logged_kinds(self, run_id: str, name: str) -> dict[str, int]:
        """Return how many of each kind a run logged beside numbers, the most first."""
        from trackio_view.sources.trackio.tables.logged_kinds import logged_kinds

        return logged_kinds(self._fetch, self.schema, run_id, name)

    def traces(self, run_id: str) -> LoggedTraces | None:
        """Return how many traces a run logged, and the newest; `None` where it logged none."""
        if self._has_traces is None:
            # Few projects have any: no other waits for what reads them.
            there = self._fetch("SELECT 1 FROM pragma_table_info('traces') LIMIT 1")
            self._has_traces = bool(there and self._fetch("SELECT 1 FROM traces LIMIT 1"))
        if not self._has_traces:
            return None
        from trackio_view.model.traces import LoggedTraces
        from trackio_view.sources.trackio.tables.traces import TracesReader

        found = TracesReader(self._reader, self.schema, run_id).in_brief(LoggedTraces())
        return found if found.total else None

    def system_runs(self) -> dict[str, str]:
        """Return id and name of the runs that logged their machine, the newest first.

        Empty where the project's TrackIO had no table for that yet.
        """
        schema = self.schema.system
        if schema is None:
            return {}
        last_ids = [last for *_, last in self._fetch(schema.runs)]
        named: dict[int, Row] = {}
        for start in range(0, len(last_ids), 500):
            for row in self._fetch(schema.rows_among(last_ids[start : start + 500])):
                named[row[0]] = row
        return {_run_id(named[last]): as_text(named[last][2]) for last in last_ids if last in named}

    def system_rows(self, run_id: str | None = None) -> Iterator[RunRows]:
        """Yield what runs logged of their machine, or one run, in id order; steps are times."""
        schema = self.schema.system
        last = BEFORE_ALL_IDS
        while schema is not None:
            if run_id is None:
                chunk = self._fetch(schema.rows_after, (last, LOCKING_ROWS))
            else:
                chunk = self._fetch(schema.run_rows_after, (last, run_id, LOCKING_ROWS))
            if not chunk:
                return
            last = chunk[-1][0]
            yield from self._counted(decode_system(chunk))

    def tail(
        self,
        run_id: str,
        distinct_steps: int | None,
        *,
        since: float | None = None,
        last_id: int | None = None,
    ) -> list[RunRows]:
        """Return a run's newest rows in id order, with at least its last `distinct_steps` steps.

        Reads backwards from the newest row (`last_id`, where it is known), so that the cost is
        that of the rows returned; no further than to a row from before `since`, and further where
        rows that lie before are of the same steps (`tail.Tail`).
        """
        from trackio_view.sources.trackio.tables.rows_before import RowsBefore
        from trackio_view.sources.trackio.tables.tail import Tail, step_metric_of

        tail = Tail(distinct_steps, since)
        before = RowsBefore(
            self._fetch, self.schema, run_id, may_walk=not self._reader.holds_up_writers
        )
        for chunk in self._backwards(run_id, last_id):
            before.goes_up_to(chunk[0][0], chunk[-1][0])
            steps = [step_number(row[1]) for row in chunk]
            tail.prepend(self._counted(decode_run(chunk, run_id)), steps)
            if tail.is_enough(before):
                lowest = before.lowest_rows() or tail.batches
                # Where its first rows tell of another metric for the step, all of them decide.
                if tail.step_metric == step_metric_of(lowest):
                    break
        return tail.batches

    def backwards(self, run_id: str, last_id: int | None) -> Iterator[RunRows]:
        """Yield a run's rows in batches, the newest batch first, each in id order."""
        for chunk in self._backwards(run_id, last_id):
            yield from self._counted(decode_run(chunk, run_id))

    def _backwards(self, run_id: str, last_id: int | None) -> Iterator[list[Row]]:
        """Yield a run's rows in chunks, the newest chunk first, each in id order."""
        schema = self.schema
        bounds = self.id_range()
        if bounds is None:
            return
        lowest, highest = bounds
        highest = highest if last_id is None else last_id
        # Another connection's lock would be held up by a count over a long index.
        unread: int | None = None
        if not self._reader.holds_up_writers and schema.identity in schema.indexed:
            unread = self._fetch(schema.run_size, (run_id,))[0][0]
        # Small at first: the newest rows of a project of thousands of metrics weigh megabytes.
        span = FIRST_CHUNK_ROWS
        query = schema.run_rows_between()
        while highest >= lowest and unread != 0:
            first = max(lowest, highest - span + 1)
            chunk = self._fetch(query, (first, highest, run_id))
            if not chunk and first > lowest:
                ids = self._fetch(schema.ids_before, (first, lowest, span))
                if not ids:
                    return
                first = ids[-1][0]
                chunk = self._fetch(query, (first, ids[0][0], run_id))
            highest = first - 1
            span = min(span * 2, self._reach(chunk) * self._chunk_rows)
            if chunk:
                if unread is not None:
                    unread = max(0, unread - len(chunk))
                yield chunk

    def _counted(self, decoded: DecodedRows) -> list[RunRows]:
        """Return the batches, and count the rows that they leave out as broken."""
        self.broken_rows += decoded.broken
        return decoded.batches

    @property
    def _chunk_rows(self) -> int:
        return LOCKING_ROWS if self._reader.is_shared else CHUNK_ROWS


def _run_id(row: Row) -> str:
    return as_text(run_of(row[1], row[2]))
