"""Follows the newest rows of a project's runs. Of older rows, only the ends of the runs are read.

Blocks, and needs no event loop. Each look opens the file anew, if it changed, and closes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from trackio_view.model.events import (
    DataEvent,
    LoadFinished,
    LoadStarted,
    Notice,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunRows
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.model.summary import newest_with_rows
from trackio_view.sources.newest_rows import STEP, Reach, WaitingClock
from trackio_view.sources.source import SourceFault
from trackio_view.sources.trackio.fault_notice import FaultNotice
from trackio_view.sources.trackio.files.access import Signature, settled, signature
from trackio_view.sources.trackio.files.locations import project_file
from trackio_view.sources.trackio.tables.project_reader import ProjectReader
from trackio_view.sources.trackio.tables.summaries import list_projects


class NewestRows:
    """A project of a directory: the selected run, or those of the newest rows."""

    clock: WaitingClock | None = None
    reach = Reach.PRESENT

    def __init__(
        self,
        directory: str,
        project: str | None,
        metric: str,
        selection: Selection,
        writer_fault: Callable[[], str | None] | None = None,
    ) -> None:
        """Follow `project`; without a name, the one with the newest rows once there are any.

        Runs are read back to where `metric` was logged last. `writer_fault` returns a sentence
        once what writes the rows has failed.
        """
        self.project = project
        self.rows_decoded = 0
        """How many rows were decoded so far, for tests that count work."""
        self._directory = directory
        self._metric = metric
        self._selection = selection
        self._writer_fault = writer_fault
        self._fault = FaultNotice()
        self._generation = 0
        self._last_ids: dict[str, int] = {}
        """The newest row of each run that is followed."""
        self._names: dict[str, str] = {}
        self._last_id: int | None = None
        """The newest row of all; `None` before any was read."""
        self._inode = 0
        """That of the file of which this row is."""
        self._seen: Signature | None = None
        """The state in which all was read; `None` where a later change might not show."""
        self._known_tail: tuple[str, int, list[RunRows]] = ("", 0, [])
        """The end of a run as of an id. It was read to find out whether the run has numbers."""

    def look(self) -> Iterator[DataEvent]:
        """Yield what came since the last look. A look that was not finished does not count."""
        found = False
        for event in self._fault.told(self._look, lambda: self._id):
            found = found or not isinstance(event, Notice)
            yield event
        if not found and self._writer_fault is not None:
            failed = self._writer_fault()
            if failed is not None:
                raise SourceFault(failed)

    def left_out(self) -> Sequence[str]:
        """Return nothing: what is broken of a project that grows is for others to say."""
        return ()

    @property
    def _id(self) -> ProjectId:
        return ProjectId(self._directory, self.project or "")

    def _look(self) -> Iterator[DataEvent]:
        if self.project is None:
            newest = newest_with_rows(list_projects(self._directory))
            if newest is None:
                return
            self.project = newest.name
        path = project_file(self._directory, self.project).path
        state = signature(path)
        if not state.exists or state == self._seen:
            return
        if state.database[0] != self._inode:
            self._inode, self._last_id = state.database[0], None
        with ProjectReader(path) as reader:
            yield from self._read(reader)
        # A change within the clock's resolution would not show, so the file is looked at again.
        self._seen = state if settled(state) else None

    def _read(self, reader: ProjectReader) -> Iterator[DataEvent]:
        bounds = reader.id_range()
        if bounds is None:
            if self._last_ids:
                yield from self._load(reader, {}, 0)
            self._last_id = None
            return
        _, highest = bounds
        boundary = self._last_id
        # If the newest rows are gone, this is another file, or a run was deleted.
        if boundary is None or highest < boundary:
            yield from self._load(reader, self._chosen(reader, highest), highest)
        elif not all(map(reader.has_row, self._last_ids.values())):
            # Renamed runs have other ids now; none of their rows has come while we were waiting.
            there = {run.run_id: run.run_name for run in reader.runs()}
            kept = {run_id: there[run_id] for run_id in self._last_ids if run_id in there}
            yield from self._load(reader, kept or self._chosen(reader, highest), highest)
        elif highest > boundary:
            yield from self._read_on(reader, boundary)
        # Rows that hold no metrics make no batch, and are not looked at again.
        self._last_id = highest

    def _read_on(self, reader: ProjectReader, boundary: int) -> Iterator[DataEvent]:
        """Yield the rows of wanted runs after an id, behind what was there of new ones before."""
        batches: list[RunRows] = []
        began_before: dict[str, str] = {}
        for batch in reader.rows(first_id=boundary + 1):
            self.rows_decoded += len(batch.steps)
            is_known = batch.run_id in self._last_ids
            label = RunLabel(batch.run_id, batch.run_name)
            if not is_known and not self._selection.rank(label):
                continue
            batches.append(batch)
            if not is_known and batch.run_id not in began_before:
                first = reader.first_id(batch.run_id)
                if first is None or first <= boundary:
                    began_before[batch.run_id] = batch.run_name
        if began_before:
            yield from self._load(reader, {**self._names, **began_before}, boundary)
        if batches:
            yield self._rows(batches)

    def _chosen(self, reader: ProjectReader, highest: int) -> dict[str, str]:
        """Return id and name of the run that is there to begin with, if any is."""
        if self._selection.run is None:
            newest = reader.newest_run()
            if newest is None or self._has_numbers(reader, newest[0], highest):
                return {} if newest is None else dict([newest])
            # The newest run that logged numbers is what is meant by the newest.
            others = (run[:2] for run in reader.runs())
            with_numbers = (run for run in others if self._has_numbers(reader, run[0], highest))
            return dict([next(with_numbers, newest)])
        named = {run.run_id: run.run_name for run in reader.details()}
        chosen = self._selection.run_among(
            RunLabel(run.run_id, named.get(run.run_id, run.run_name)) for run in reader.runs()
        )
        return {} if chosen is None else {chosen.run_id: chosen.name}

    def _has_numbers(self, reader: ProjectReader, run_id: str, last_id: int) -> bool:
        tail = list(self._tail(reader, run_id, "", last_id))
        self._known_tail = (run_id, last_id, tail)
        return any(batch.columns for batch in tail)

    def _load(
        self, reader: ProjectReader, runs: dict[str, str], last_id: int
    ) -> Iterator[DataEvent]:
        """Yield a load of these runs' ends as of an id; what was known before is replaced."""
        self._generation += 1
        # If anything stops the load, the next look begins another one.
        self._last_id, self._last_ids, self._names = None, {}, {}
        yield LoadStarted(self._id, self._generation, 0)
        for run_id, name in runs.items():
            yield self._rows(self._tail(reader, run_id, name, last_id))
        self._known_tail = ("", 0, [])
        yield LoadFinished(self._id, self._generation)

    def _rows(self, batches: Iterable[RunRows]) -> RowsLoaded:
        known = list(batches)
        for batch in known:
            self._last_ids[batch.run_id] = batch.last_id
            self._names[batch.run_id] = batch.run_name
        return RowsLoaded(self._id, self._generation, known, 0)

    def _tail(
        self, reader: ProjectReader, run_id: str, name: str, last_id: int
    ) -> Iterable[RunRows]:
        """Return a run's rows back to where the metric was logged and a pace shows."""
        known_id, known_end, known_tail = self._known_tail
        if (known_id, known_end) == (run_id, last_id):
            return [batch._replace(run_name=name) for batch in known_tail]
        batches: list[RunRows] = []
        for batch in reader.backwards(run_id, last_id):
            self.rows_decoded += len(batch.steps)
            batches.append(batch._replace(run_name=name))
            # A condition on the step needs no row with a metric of that name.
            has_metric = self._metric == STEP or any(
                self._metric in known.columns for known in batches
            )
            if has_metric and len({time for known in batches for time in known.times}) > 1:
                break
        return reversed(batches)
