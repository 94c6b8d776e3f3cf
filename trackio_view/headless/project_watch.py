"""A project that `--until` watches: only the rows that came since the last look are read."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from trackio_view.headless.watch import STEP, Reach, WatchedRun
from trackio_view.model.run import Run, RunRows
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.sources.trackio.faults import DatabaseFault, explain
from trackio_view.sources.trackio.files.access import Signature, settled, signature
from trackio_view.sources.trackio.files.locations import project_file
from trackio_view.sources.trackio.tables.reading import ProjectReader
from trackio_view.sources.trackio.tables.summaries import list_projects


@dataclass(slots=True)
class ProjectWatch:
    """Reads of a project what came since the last look, and keeps what a condition needs."""

    directory: str
    project: str | None
    """`None` until a project has data: then it is the one with the newest."""
    metric: str
    selection: Selection
    rows_decoded: int = 0
    """How many rows were decoded so far, for tests that count work."""
    fault: str | None = None
    """Why the project could not be read at the last look, if it could not."""
    _runs: dict[str, WatchedRun] = field(default_factory=dict)
    _current: str | None = None
    _last_id: int | None = None
    _seen: Signature | None = None

    @property
    def current(self) -> WatchedRun | None:
        """The selected run, or the one with the newest row; `None` until there is one."""
        return None if self._current is None else self._runs[self._current]

    @property
    def reach(self) -> Reach:
        """How far the last look has come: to what is there now."""
        return Reach.PRESENT

    def look(self) -> bool:
        """Read what is new; return whether any row is."""
        self.fault = None
        try:
            return self._look()
        except (DatabaseFault, sqlite3.Error, OSError) as error:
            fault = explain(error)
            if fault is None:
                raise
            if not (fault.missing or fault.empty or fault.transient):
                self.fault = fault.text
            return False

    def _look(self) -> bool:
        if self.project is None:
            newest = (summary for summary in list_projects(self.directory) if summary.row_count)
            self.project = next((summary.name for summary in newest), None)
            if self.project is None:
                return False
        path = project_file(self.directory, self.project).path
        state = signature(path)
        if not state.exists or state == self._seen:
            return False
        if self._seen is not None and state.database[0] != self._seen.database[0]:
            self._forget()
        with ProjectReader(path) as reader:
            found = self._read(reader)
        # What changes within the clock's grain would not show: then it is looked at again.
        self._seen = state if settled(state) else None
        return found

    def _forget(self) -> None:
        self._runs, self._current, self._last_id = {}, None, None

    def _read(self, reader: ProjectReader) -> bool:
        bounds = reader.id_range()
        if bounds is None:
            self._forget()
            return False
        _, highest = bounds
        if self._last_id is not None and highest < self._last_id:
            # Rows are gone: another file, or a run that was deleted.
            self._forget()
        if self._last_id is None:
            found = self._begin(reader, highest)
            self._last_id = highest
            return found
        if self._is_rewritten(reader):
            return self._begin_anew(reader, highest)
        boundary, found = self._last_id, False
        if highest == boundary:
            return False
        for batch in reader.rows(first_id=self._last_id + 1):
            self.rows_decoded += len(batch.steps)
            self._last_id = max(self._last_id, batch.last_id)
            label = RunLabel(batch.run_id, batch.run_name, batch.last_id)
            if not self._is_wanted(label):
                continue
            watched = self._runs.get(batch.run_id)
            if watched is None:
                watched = self._runs[batch.run_id] = self._before(reader, batch, boundary)
            watched.append(self.metric, batch, all_new=True)
            current = self.current
            # A run that is renamed has new ids for its old rows: those make it no newer. Nor is
            # one without numbers meant while there is another.
            has_numbers = bool(watched.run.series) or current is None or not current.run.series
            newer = current is None or not watched.run.last_time < current.run.last_time
            if newer and has_numbers:
                self._current = batch.run_id
            found = True
        # Rows that hold no metrics make no batch, and are not looked at again.
        self._last_id = max(self._last_id, highest)
        return found

    def _is_wanted(self, label: RunLabel) -> bool:
        """Return whether a run fits the selection at least as well as the present one."""
        if label.run_id == self._current:
            # By whatever name: a run that was chosen may be renamed.
            return True
        rank, least, current = self.selection.rank(label), 1, self.current
        if current is not None:
            run = current.run
            least = max(1, self.selection.rank(RunLabel(run.run_id, run.name, run.last_id)))
        return rank >= least

    def _is_rewritten(self, reader: ProjectReader) -> bool:
        """Return whether the rows of the present run were taken away: renamed, or deleted."""
        current = self.current
        return current is not None and not reader.has_row(current.run.last_id)

    def _begin_anew(self, reader: ProjectReader, highest: int) -> bool:
        """Read the present run again, which has other ids now; another one where it is gone.

        None of its rows counts as having come while we were waiting.
        """
        run_id = self._current
        self._forget()
        self._last_id = highest
        known = {run.run_id: run.run_name for run in reader.runs()}
        if run_id is None or run_id not in known:
            return self._begin(reader, highest)
        self._runs[run_id] = self._tail(reader, run_id, known[run_id], highest)
        self._current = run_id
        return False

    def _begin(self, reader: ProjectReader, highest: int) -> bool:
        """Read the newest rows of the run that is there now, none above the id `highest`."""
        if self.selection.run is None:
            newest = reader.newest_run()
            if newest is None:
                return False
            watched = self._newest(reader, newest, highest)
        else:
            named = {run.run_id: run.run_name for run in reader.details()}
            labels = [
                RunLabel(run.run_id, named.get(run.run_id, run.run_name), run.last_id)
                for run in reader.runs()
            ]
            chosen = self.selection.run_among(labels)
            if chosen is None:
                return False
            watched = self._tail(reader, chosen.run_id, chosen.name, highest)
        self._current = watched.run.run_id
        self._runs[self._current] = watched
        return True

    def _newest(self, reader: ProjectReader, newest: tuple[str, str], highest: int) -> WatchedRun:
        """Return the newest run that logged numbers as of an id, the newest if none did."""
        watched = self._tail(reader, *newest, highest)
        if watched.run.series:
            return watched
        others = (self._tail(reader, *run[:2], highest) for run in reader.runs())
        return next((other for other in others if other.run.series), watched)

    def _before(self, reader: ProjectReader, batch: RunRows, boundary: int) -> WatchedRun:
        """Return what is known of a run up to the id `boundary`, before a batch of it."""
        first = reader.first_id(batch.run_id)
        if first is not None and first > boundary:
            return WatchedRun(Run(batch.run_id, batch.run_name))
        return self._tail(reader, batch.run_id, batch.run_name, boundary)

    def _tail(self, reader: ProjectReader, run_id: str, name: str, last_id: int) -> WatchedRun:
        """Return a run as of an id, read back to where the metric was logged and a pace shows."""
        batches: list[RunRows] = []
        for batch in reader.backwards(run_id, last_id):
            self.rows_decoded += len(batch.steps)
            batches.append(batch)
            has_metric = self.metric == STEP or any(
                self.metric in known.columns for known in batches
            )
            if has_metric and len({time for known in batches for time in known.times}) > 1:
                break
        watched = WatchedRun(Run(run_id, name))
        for batch in reversed(batches):
            watched.append(self.metric, batch, all_new=False)
        watched.run.name = name
        return watched
