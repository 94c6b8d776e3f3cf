"""Events of a source as `--until` takes them in: of each run the newest value, not its history."""

from __future__ import annotations

from collections.abc import Iterable

from trackio_view.headless.watch import WatchedRun
from trackio_view.model.events import (
    DataEvent,
    DetailsLoaded,
    LoadFinished,
    LoadStarted,
    ProjectRenamed,
    RowsLoaded,
)
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunRows
from trackio_view.model.selection import RunLabel, Selection


class EventWatch:
    """What is known of one project by the events that a source sends."""

    def __init__(self, project: str | None, metric: str, selection: Selection) -> None:
        """Watch the first project that is loaded: the first of that name where one is given."""
        self.project = project
        """Its name; `None` until it is known."""
        self._watched: ProjectId | None = None
        self.metric = metric
        self.selection = selection
        self.fault: str | None = None
        self._generation = -1
        self._runs: dict[str, WatchedRun] = {}
        self._loading: dict[str, WatchedRun] | None = None
        self._names: dict[str, str] = {}
        self._current: str | None = None

    @property
    def current(self) -> WatchedRun | None:
        """The selected run, or the one with the newest row; `None` until there is one."""
        return None if self._current is None else self._runs[self._current]

    @property
    def is_loading(self) -> bool:
        """Whether the project is read from its beginning, and not to its end yet."""
        return self._loading is not None

    def apply(self, event: DataEvent) -> bool:
        """Take in an event; return whether it brought rows.

        What a load brings was there before, whatever was known until then: none of its rows
        counts as having come while we were waiting.
        """
        started = event.project if isinstance(event, LoadStarted) else None
        if self._watched is None and started and self.project in (None, started.name):
            self._watched, self.project = started, started.name
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
            self._names = {run.run_id: run.run_name for run in event.runs}
            self._choose()
        return False

    def _take(self, batches: Iterable[RunRows]) -> bool:
        runs = self._runs if self._loading is None else self._loading
        for batch in batches:
            watched = runs.get(batch.run_id)
            if watched is None:
                watched = runs[batch.run_id] = WatchedRun(Run(batch.run_id, batch.run_name))
            watched.append(self.metric, batch, all_new=self._loading is None)
        if self._loading is None:
            self._choose()
        return True

    def _choose(self) -> None:
        for run_id, watched in self._runs.items():
            watched.run.name = self._names.get(run_id, watched.run.name)
        runs = [watched.run for watched in self._runs.values()]
        labels = [RunLabel(run.run_id, run.name, run.last_id) for run in runs]
        chosen = self.selection.run_among(labels)
        # A run that was chosen may have got another name.
        if chosen is not None:
            self._current = chosen.run_id
