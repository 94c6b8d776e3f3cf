"""What `--until` knows of a project by its events: the newest value of each run, and no history."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from trackio_view.model.events import (
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    ProjectRenamed,
    RowsLoaded,
    Severity,
)
from trackio_view.model.newest_runs import is_newer, newest_first
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunRows
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.series.series import Number
from trackio_view.sources.newest_rows import STEP, Following, Reach

_MORE_ROWS = 10_000
"""After so many more rows the older ones are let go. A wait may last for weeks."""
_NEWEST_ROWS = 1_000
"""At least so many are kept, to tell the run's pace and its step."""


@dataclass(slots=True)
class WatchedRun:
    """What is known of a run that is waited for."""

    run: Run
    value: Number | None = None
    """The metric's newest value; `None` until it is logged."""
    step: float | None = None
    """The step at which it was logged."""
    had_nan: bool = False
    """Whether the metric was NaN in the newest look: its last value, or one since."""
    _batches: list[RunRows] = field(default_factory=list)
    """The rows of `run`."""
    _most_rows: int = _MORE_ROWS

    @property
    def label(self) -> RunLabel:
        """What the run can be chosen by."""
        return RunLabel(self.run.run_id, self.run.name)

    def append(self, metric: str, batch: RunRows, *, all_new: bool) -> None:
        """Take in rows. `all_new` says that they came while we were waiting."""
        if self.run.row_count > self._most_rows:
            self._let_go_of_older_rows()
        base = self.run.row_count
        self._batches.append(batch)
        self.run.append(batch)
        column = batch.columns.get(metric)
        if column is None:
            if metric == STEP and STEP not in self.run.series:
                self.value = self.step = self.run.last_step
            return
        last = len(column.values) - 1
        self.value = column.exact.get(last, column.values[last])
        self.step = self.run.steps[base + column.rows[last]]
        # The comparison finds NaN, the only number that differs from itself.
        logged = column.values if all_new else column.values[last:]
        self.had_nan = any(value != value for value in logged) or (all_new and self.had_nan)

    def _let_go_of_older_rows(self) -> None:
        first, count = len(self._batches), 0
        while first and count < _NEWEST_ROWS:
            first -= 1
            count += len(self._batches[first].steps)
        del self._batches[:first]
        self.run = Run(self.run.run_id, self.run.name, config=self.run.config, group=self.run.group)
        for batch in self._batches:
            self.run.append(batch)
        self._most_rows = self.run.row_count + _MORE_ROWS


class Watch:
    """One project that is looked at again and again until a condition holds."""

    def __init__(self, following: Following, metric: str, selection: Selection) -> None:
        self.following = following
        self.metric = metric
        self.selection = selection
        self.project = following.project
        """Its name; `None` until it is known."""
        self.fault: str | None = None
        """Why nothing could be read at the last look, if nothing could."""
        self.others: set[str] = set()
        """The names of projects that came, and were not waited for."""
        self._watched: ProjectId | None = None
        self._generation = -1
        self._runs: dict[str, WatchedRun] = {}
        self._loading: dict[str, WatchedRun] | None = None
        self._details: dict[str, RunDetails] = {}
        self._current: str | None = None

    @property
    def current(self) -> WatchedRun | None:
        """The selected run, or the newest; `None` until there is one."""
        return None if self._current is None else self._runs[self._current]

    @property
    def has_come(self) -> bool:
        """Whether the project has come."""
        return self._watched is not None

    @property
    def reach(self) -> Reach:
        """How far the last look has come."""
        reach = self.following.reach
        return Reach.LOADING if reach is Reach.PRESENT and self._loading is not None else reach

    def look(self) -> bool:
        """Take in what is new. Return whether a wanted run got a new row."""
        found = False
        for event in self.following.look():
            found |= self._apply(event)
        return found

    def _apply(self, event: DataEvent) -> bool:
        """Take in an event; return whether it brought rows.

        The rows of a load were there before, also those that were unknown until then. None of them
        counts as having come while we were waiting.
        """
        if isinstance(event, Notice):
            # A project that is not there yet, or has no metric yet, is waited for without a
            # message.
            self.fault = event.text if event.severity is Severity.ERROR else None
            return False
        started = event.project if isinstance(event, LoadStarted) else None
        if self._watched is None and started and self.project in (None, started.name):
            self._watched, self.project = started, started.name
        elif started and started != self._watched:
            self.others.add(started.name)
        if self._watched is None or getattr(event, "project", None) != self._watched:
            return False
        if isinstance(event, ProjectRenamed):
            self.project = event.new_name
            self._watched = self._watched._replace(name=event.new_name)
        elif isinstance(event, LoadStarted):
            if event.generation >= self._generation:
                self._generation, self._loading = event.generation, {}
        elif isinstance(event, RowsLoaded):
            if event.generation == self._generation:
                return self._take(event.batches)
        elif isinstance(event, LoadFinished):
            if event.generation == self._generation and self._loading is not None:
                self._runs, self._loading = self._loading, None
                if self._current not in self._runs:
                    self._current = None
                self._choose()
        elif isinstance(event, DetailsLoaded):
            self._details = {run.run_id: run for run in event.runs}
            self._choose()
        return False

    def _take(self, batches: Iterable[RunRows]) -> bool:
        runs = self._runs if self._loading is None else self._loading
        found = False
        for batch in batches:
            watched = runs.get(batch.run_id)
            if watched is None:
                watched = runs[batch.run_id] = WatchedRun(Run(batch.run_id, batch.run_name))
            watched.append(self.metric, batch, all_new=self._loading is None)
            if self._loading is not None:
                found = True
            elif self._is_wanted(watched):
                found = True
                current = self.current
                if current is None or _is_newer(watched.run, current.run):
                    self._current = batch.run_id
        return found

    def _is_wanted(self, watched: WatchedRun) -> bool:
        """Return whether a run fits the selection at least as well as the present one."""
        self._describe(watched.run)
        current = self.current
        # A run that was chosen may be renamed, so its name is not looked at.
        least = 1 if current is None else max(1, self.selection.rank(current.label))
        return watched is current or self.selection.rank(watched.label) >= least

    def _describe(self, run: Run) -> None:
        details = self._details.get(run.run_id)
        if details is not None:
            run.name, run.config = details.run_name, details.config

    def _choose(self) -> None:
        """Choose among the runs by their names. Of several that fit, choose the newest."""
        for watched in self._runs.values():
            self._describe(watched.run)
        known = newest_first((watched.run for watched in self._runs.values()), time.time())
        chosen = self.selection.run_among(RunLabel(run.run_id, run.name) for run in known)
        if chosen is None:
            # A run that was chosen may have got another name.
            return
        current = self.current
        better = current is None or self.selection.rank(chosen) > self.selection.rank(current.label)
        newest = self._runs[chosen.run_id].run
        if better or (current is not None and _is_newer(newest, current.run)):
            self._current = chosen.run_id


def _is_newer(run: Run, current: Run) -> bool:
    """Return whether `run`, which has new rows, takes the place of `current` as the newest run.

    A run without numbers does not take the place of one with numbers.
    """
    has_numbers = bool(run.series) or not current.series
    return has_numbers and is_newer(run, current, time.time())
