"""One project: its runs as read so far, and how far the reading has come."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trackio_view.model.events import (
    AlertsLoaded,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    PreviewLoaded,
    ProjectVanished,
    RowsLoaded,
    RunObjectsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.health import (
    DEFAULT_THRESHOLDS,
    GPU_IDLE,
    IDLE_SECONDS,
    Finding,
    RunHealth,
    Thresholds,
)
from trackio_view.model.health import idle_gpus as find_idle
from trackio_view.model.newest_runs import newest_first
from trackio_view.model.pace import RunState, state_of
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import Run, RunDetails, RunRows

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert
    from trackio_view.model.machine import Machine, SystemLog
    from trackio_view.model.objects import RunObjects

_ReadingEvent = (
    LoadStarted
    | PreviewLoaded
    | RowsLoaded
    | LoadFinished
    | SystemRowsLoaded
    | DetailsLoaded
    | AlertsLoaded
    | HeartbeatsLoaded
    | RunObjectsLoaded
    | ProjectVanished
)
"""What a source tells of one project while it reads it."""


@dataclass(slots=True, eq=False, repr=False)
class Project:
    """A project that is being watched.

    While a load runs, `runs` holds what can be drawn meanwhile: the preview, or on a reload what
    was known before. The load itself fills `loading`, which takes its place when complete.
    """

    id: ProjectId
    since: float | None = None
    """Seconds since the epoch: where the windows of its runs begin at the earliest."""
    generation: int = -1
    runs: dict[str, Run] = field(default_factory=dict)
    rowless: dict[str, Run] = field(default_factory=dict)
    """Runs that logged only of their machine or alerts so far, and no row of metrics."""
    loading: dict[str, Run] | None = None
    loaded_rows: int = 0
    total_rows: int = 0
    previewed_rows: int = 0
    """Rows that the preview holds; 0 where `runs` is not a preview."""
    vanished: bool = False
    details: dict[str, RunDetails] = field(default_factory=dict)
    system: dict[str, SystemLog] = field(default_factory=dict)
    """What runs logged of their machine; also of runs that logged nothing else."""
    machine_loads: int = 0
    """How often the rows of machines were read from the beginning."""
    heartbeats: dict[str, float] = field(default_factory=dict)
    """When each run last logged system metrics, in seconds since the epoch."""
    alerts: dict[str, list[Alert]] = field(default_factory=dict)
    """Each run's alerts, the oldest first."""
    objects: dict[str, RunObjects] = field(default_factory=dict)
    """What runs logged beside numbers, as far as their pages were opened."""
    health: dict[str, RunHealth] = field(default_factory=dict)
    """What the rules remember of each run."""
    thresholds: Thresholds = field(default_factory=lambda: DEFAULT_THRESHOLDS)
    _newest_first: list[Run] | None = None
    _newest_run: Run | None = None
    """Both are kept from the first question until the next event: every key asks for one of them,
    and events come rarely."""
    _alerts_of: int = -1
    """The generation whose alerts are here: a reload keeps the old ones until it brings its own."""

    @property
    def name(self) -> str:
        """The project's name, which another origin's project may have, too."""
        return self.id.name

    @property
    def every_run(self) -> list[Run]:
        """The runs with rows, then those that logged only other things so far."""
        return [*self.runs.values(), *self.rowless.values()]

    def run_of(self, run_id: str) -> Run | None:
        """Return the run of an id, whatever it logged."""
        return self.runs.get(run_id) or self.rowless.get(run_id)

    def alerts_of(self, run: Run) -> Sequence[Alert]:
        """Return a run's alerts: in projects from before run ids its name is its id."""
        return self.alerts.get(run.run_id) or self.alerts.get(run.name) or ()

    @property
    def run_ids(self) -> Set[str]:
        """The runs that logged anything."""
        return self.runs.keys() | self.alerts.keys() | self.rowless.keys()

    @property
    def complete(self) -> bool:
        """Whether `runs` holds every row that was there when the project was last read."""
        return self.generation >= 0 and self.loading is None

    @property
    def progress(self) -> float:
        """How much of the running load is done, 0 to 1."""
        return min(1.0, self.loaded_rows / self.total_rows) if self.total_rows else 0.0

    @property
    def newest_first(self) -> Sequence[Run]:
        """Every run, by its newest row.

        A run with numbers comes before one that logged rows without any, such as the traces of an
        evaluation, and that one before a run without rows. Of runs that train at the same time the
        one that began last comes first. By their newest rows they would change places each second,
        and the run on screen with them.
        """
        if self._newest_first is None:
            runs = newest_first(self.every_run, time.time())
            if runs:
                newest = min(runs, key=_lacks).last_time
                runs.sort(key=lambda run: (*_lacks(run), *_place_among_live(run, newest)))
            self._newest_first = runs
        return self._newest_first

    @property
    def newest_run(self) -> Run | None:
        """The run that comes first in `newest_first`, `None` without runs.

        The others need no order among them: of a thousand runs, most are not looked at.
        """
        if self._newest_run is None:
            runs = newest_first(self.every_run, time.time())
            alike = [run for run in runs if run.series] or [run for run in runs if run.row_count]
            self._newest_run = _first_among(alike or runs)
        return self._newest_run

    def machine_of(self, run: Run) -> Machine:
        """Return a run as a user of its machine."""
        from trackio_view.model.machine import machine_of

        # In projects from before run ids, system rows tell their run by its name.
        log = self.system.get(run.run_id) or self.system.get(run.name)
        training = self.runs.get(run.run_id)
        return machine_of(run.run_id, training, log)._replace(name=run.name)

    @property
    def machines(self) -> list[Machine]:
        """Every run as a user of its machine, those that logged nothing else last."""
        from trackio_view.model.machine import machine_of

        found = [self.machine_of(run) for run in self.every_run]
        taken = {run.run_id for run in self.every_run} | {run.name for run in self.runs.values()}
        alone = [run_id for run_id in self.system if run_id not in taken]
        return found + [machine_of(run_id, None, self.system[run_id]) for run_id in alone]

    def go_on_as(self, renamed: ProjectId) -> None:
        """Await a reading under another id. What is known stays until then."""
        # The watch of the new id counts generations from the beginning.
        self.id, self.generation, self._alerts_of, self.loading = renamed, -1, -1, None

    def apply(self, event: _ReadingEvent) -> None:
        """Take in what a source reports; events of an older generation change nothing."""
        if isinstance(event, RunObjectsLoaded):
            self.objects[event.run_id] = event.objects
            return
        self._newest_first = self._newest_run = None
        if isinstance(event, ProjectVanished):
            self.vanished = True
            return
        if event.generation < self.generation:
            return
        self.vanished = False
        if isinstance(event, LoadStarted):
            self.generation = event.generation
            self.loading = {}
            self.loaded_rows, self.total_rows = 0, event.total_rows
        elif isinstance(event, PreviewLoaded):
            # A reload keeps the old rows on screen: they are more than a sample.
            if self.previewed_rows or not self.runs:
                self.runs = {}
                self._append(self.runs, event.batches)
                self.previewed_rows = sum(run.row_count for run in self.runs.values())
        elif isinstance(event, RowsLoaded):
            runs = self.runs if self.loading is None else self.loading
            self._append(runs, event.batches)
            self._look_after(runs, event.batches)
            self.loaded_rows = event.loaded_rows
            if self.loading is not None and not self.runs:
                # Without a preview, what was read so far is drawn while it grows.
                self.runs = self.loading
        elif isinstance(event, SystemRowsLoaded):
            from trackio_view.model.machine import SystemLog

            if event.replaces:
                self.system, self.machine_loads = {}, self.machine_loads + 1
                self._forget_heartbeats()
            for batch in event.batches:
                log = self.system.get(batch.run_id)
                if log is None:
                    rows = Run(batch.run_id, batch.run_name, since=self.since)
                    log = self.system[batch.run_id] = SystemLog(rows)
                log.rows.append(batch)
        elif isinstance(event, LoadFinished):
            if self.loading is not None:
                self.runs, self.loading = self.loading, None
            self.previewed_rows = 0
            self._forget_gone()
        elif isinstance(event, HeartbeatsLoaded):
            # A clock that was set back makes no run look older than it is.
            for run_id, moment in event.times.items():
                self.heartbeats[run_id] = max(moment, self.heartbeats.get(run_id, moment))
        elif isinstance(event, AlertsLoaded):
            if self._alerts_of != event.generation:
                self._alerts_of, self.alerts = event.generation, {}
            for alert in event.alerts:
                self.alerts.setdefault(alert.run_id, []).append(alert)
        else:
            self._forget_details()
            self.details = {details.run_id: details for details in event.runs}
        self._find_rowless()
        if isinstance(event, RowsLoaded):
            # Rows come often, and of few runs: the others are described as before.
            came = {batch.run_id for batch in event.batches}
            described = [run for run_id in came if (run := self.runs.get(run_id)) is not None]
            self._describe([*described, *self.rowless.values()])
        else:
            self._describe(self.every_run)

    def _forget_gone(self) -> None:
        """Forget of each run that is gone what is kept beside its rows."""
        for run_id in self.health.keys() - self.runs.keys():
            del self.health[run_id]
        # Those of runs that log nothing but their machine come again after each load.
        for run_id in self.heartbeats.keys() - self.runs.keys():
            del self.heartbeats[run_id]

    def _forget_heartbeats(self) -> None:
        for run_id in self.heartbeats:
            run = self.run_of(run_id)
            if run is not None:
                run.heartbeat = math.nan
        self.heartbeats = {}

    def _forget_details(self) -> None:
        for run_id in self.details:
            run = self.run_of(run_id)
            if run is not None:
                run.config = run.group = None

    def _look_after(self, runs: dict[str, Run], batches: Iterable[RunRows]) -> None:
        for run_id in {batch.run_id for batch in batches}:
            health = self.health.setdefault(run_id, RunHealth())
            health.look(runs[run_id], self.thresholds)

    def findings(self, run: Run, now: float, idle_gpus: Sequence[str] = ()) -> list[Finding]:
        """Return what the rules say of a run, the worst first; `now` is in epoch seconds."""
        health = self.health.get(run.run_id)
        if health is None:
            return []
        # What the run logged of its GPUs counts more than what the GPUs of this machine do.
        log = self.system.get(run.run_id) or self.system.get(run.name)
        loads = log.recent_gpu_loads(now, IDLE_SECONDS) if log is not None else None
        if loads:
            idle_gpus = find_idle(loads, self.thresholds[GPU_IDLE.name])
        return health.findings(run, now, self.thresholds, idle_gpus)

    def _describe(self, runs: Iterable[Run]) -> None:
        """Give runs what is known of them beside their rows."""
        for run in runs:
            run.heartbeat = self.heartbeats.get(run.run_id, run.heartbeat)
            details = self.details.get(run.run_id)
            if details is not None:
                run.name, run.config, run.group = details.run_name, details.config, details.group

    def _find_rowless(self) -> None:
        """Bring up to date which runs are known only by something other than rows."""
        found: dict[str, tuple[str, list[float]]] = {}
        for run_id, log in self.system.items():
            found[run_id] = (log.rows.name, [log.rows.first_time, log.rows.last_time])
        for run_id, alerts in self.alerts.items():
            _, times = found.get(run_id, ("", []))
            times = [*times, *(alert.time for alert in alerts[:1] + alerts[-1:])]
            found[run_id] = (alerts[-1].run_name, times)
        # In projects from before run ids, other tables tell their run by its name.
        taken = self.runs.keys() | {run.name for run in self.runs.values()} if found else set()
        kept = {}
        for run_id, (name, times) in found.items():
            if run_id not in taken:
                run = self.rowless.get(run_id) or Run(run_id, name, since=self.since)
                run.name, known = name, [time for time in times if time == time]
                run.first_time = min(known, default=math.nan)
                run.last_time = max(known, default=math.nan)
                kept[run_id] = run
        self.rowless = kept

    def _append(self, runs: dict[str, Run], batches: Iterable[RunRows]) -> None:
        for batch in batches:
            run = runs.get(batch.run_id)
            if run is None:
                run = runs[batch.run_id] = Run(batch.run_id, batch.run_name, since=self.since)
            run.append(batch)


def _lacks(run: Run) -> tuple[bool, bool]:
    """Return whether a run lacks numbers, and whether it lacks rows."""
    return not run.series, not run.row_count


def _first_among(runs: Sequence[Run]) -> Run | None:
    """Return which of runs comes first; they are given by their newest rows, and lack the same."""
    first, latest = None, -math.inf
    for run in runs:
        # Only a run that began later than the live ones before it needs to be judged.
        if run.first_time > latest and state_of(run, runs[0].last_time) is RunState.LIVE:
            first, latest = run, run.first_time
    return first or next(iter(runs), None)


def _place_among_live(run: Run, now: float) -> tuple[bool, float]:
    """Return what sorts runs that are live before all others, and those that began later first."""
    if state_of(run, now) is not RunState.LIVE or math.isnan(run.first_time):
        return True, 0.0
    return False, -run.first_time
