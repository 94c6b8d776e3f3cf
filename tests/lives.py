"""Projects and GPUs that change, told as sources tell of them: step by step, and afresh at the end.

A program that saw all changes knows the same as a program that only saw the end.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.conftest import make_batch, make_gpu
from tests.known_facts import NOW
from trackio_view.light_typing import NamedTuple
from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    DetailsLoaded,
    HeartbeatsLoaded,
    LoadFinished,
    LoadStarted,
    Notice,
    OriginUnheard,
    PreviewLoaded,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    ProjectVanished,
    RowsLoaded,
    RunObjectsLoaded,
    SystemRowsLoaded,
)
from trackio_view.model.gpu import GpusSampled, VendorReport
from trackio_view.model.objects import LoggedText, RunObjects
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunDetails, RunRows

ORIGIN = "/data"
RUNS = ("a", "b")
VALUES = (2.0, 1.0, float("nan"), 1e6, float("inf"), 0.5)


class Change(NamedTuple):
    """Something that happens. What its numbers choose depends on its kind."""

    what: str
    project: int = 0
    run: int = 0
    number: int = 0


@dataclass
class Content:
    """What a project's database holds, in the order of its rows."""

    rows: list[RunRows] = field(default_factory=list)
    system: list[RunRows] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    details: dict[str, RunDetails] = field(default_factory=dict)

    @property
    def run_ids(self) -> set[str]:
        """The runs that a list of runs has."""
        logged = {batch.run_id for batch in (*self.rows, *self.system)}
        return logged | {alert.run_id for alert in self.alerts}

    def without(self, run: str) -> Content:
        """Return what is left after a run is deleted."""
        return Content(
            [batch for batch in self.rows if batch.run_id != run],
            [batch for batch in self.system if batch.run_id != run],
            [alert for alert in self.alerts if alert.run_id != run],
            {name: one for name, one in self.details.items() if name != run},
        )

    def renamed(self, run: str, name: str) -> Content:
        """Return the same with another name for a run."""

        def of_rows(batches: list[RunRows]) -> list[RunRows]:
            return [
                batch._replace(run_name=name) if batch.run_id == run else batch for batch in batches
            ]

        alerts = [
            alert._replace(run_name=name) if alert.run_id == run else alert for alert in self.alerts
        ]
        details = dict(self.details)
        if run in details:
            details[run] = details[run]._replace(run_name=name)
        return Content(of_rows(self.rows), of_rows(self.system), alerts, details)


@dataclass
class Watched:
    """A project that is watched, and what was told of it besides its content."""

    id: ProjectId
    content: Content = field(default_factory=Content)
    generation: int = 0
    gone: bool = False
    told: dict[str, Alert] = field(default_factory=dict)
    """The newest alert of each run that came while we watched."""
    objects: dict[str, RunObjects] = field(default_factory=dict)
    notices: dict[str, str] = field(default_factory=dict)


class Life:
    """Changes projects and GPUs, and tells of each change as their sources do."""

    def __init__(self) -> None:
        self.projects = [Watched(ProjectId(ORIGIN, name)) for name in ("p", "q")]
        self.gpus: dict[str, list[GpusSampled]] = {}
        """What each machine told, since its GPUs are these."""
        self.unheard: float | None = None
        self.clock = 0
        """Counts changes: every row is newer than those before it."""

    def begin(self) -> list[DataEvent]:
        """Return the events of the first look."""
        return [event for one in self.projects for event in (*self._read(one), *self._list())]

    def afresh(self) -> list[DataEvent]:
        """Return the events that are sent to a program that starts now."""
        found: list[DataEvent] = []
        for one in self.projects:
            found += self._read(one, 1)
            found += [
                RunObjectsLoaded(one.id, run, objects) for run, objects in one.objects.items()
            ]
            said = {f"alert {run}": run for run in one.told}
            for subject, text in {**said, **one.notices}.items():
                found.append(Notice(ProjectOrigin(one.id), text, subject=subject))
            if one.gone:
                found.append(ProjectVanished(one.id))
        found += self._list()
        if self.unheard is not None:
            found.append(OriginUnheard(ORIGIN, self.unheard))
        for told in self.gpus.values():
            found += told
        return found

    def change(self, change: Change) -> list[DataEvent]:
        """Let something happen, and return what is told of it."""
        self.clock += 1
        one, run = self.projects[change.project], RUNS[change.run]
        if change.what == "gpus":
            return self._sample(("", "far")[change.project], change.number)
        if change.what == "notice":
            return self._notice(one, ("database", "rows")[change.run % 2], change.number)
        if change.what == "unheard":
            return self._hear(change.number)
        # An origin that tells of a project answers, and a project that was gone has its file.
        heard = [] if self.unheard is None else self._hear(0)
        if one.gone and change.what != "vanish":
            one.gone = False
            return [*heard, *self._read(one), *self.change(change)]
        return [*heard, *_TOLD[change.what](self, one, run, change.number), *self._list()]

    def _row(self, run: str, number: int) -> RunRows:
        """Return a row that is newer than all others; some begin again further back."""
        step = self.clock - 3 * (number == 2)
        values = {"loss": [VALUES[number]]}
        if number % 2:
            # One of the metrics turns out to carry the step.
            values["global_step" if number == 3 else f"metric {number}"] = [100.0 * self.clock]
        return make_batch(
            values, steps=[step], times=[NOW - 1000 + self.clock], run_id=run, first_id=self.clock
        )

    def _log(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        one.content.rows.append(self._row(run, number))
        count = len(one.content.rows)
        row = copy.deepcopy(one.content.rows[-1])
        return [RowsLoaded(one.id, one.generation, [row], count)]

    def _log_system(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        # Now and then, the machine's clock is set back.
        time = NOW - 1000 + self.clock - 5 * (number == 2)
        batch = make_batch(
            {"gpu/0/utilization": [VALUES[number]]},
            steps=[time],
            times=[time],
            run_id=run,
            first_id=self.clock,
        )
        replaces = not one.content.system
        one.content.system.append(batch)
        return [
            SystemRowsLoaded(one.id, one.generation, [copy.deepcopy(batch)], replaces),
            HeartbeatsLoaded(one.id, one.generation, {run: time}),
        ]

    def _alert(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        time = NOW - 1000 + self.clock
        alert = Alert(self.clock, run, run, f"odd {number}", None, "warn", self.clock, time)
        one.content.alerts.append(alert)
        one.told.pop(run, None)
        one.told[run] = alert
        return [AlertsLoaded(one.id, one.generation, [alert], True)]

    def _configure(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        """Describe a run, or take its description away."""
        if number:
            group = None if number % 2 else f"group {number}"
            one.content.details[run] = RunDetails(run, run, {"lr": number}, group)
        else:
            one.content.details.pop(run, None)
        return [self._details(one, one.generation)]

    def _open(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        """Open the page of a run that is there."""
        if run not in one.content.run_ids:
            return []
        one.objects[run] = RunObjects(texts=[LoggedText("note", number, "text")])
        return [RunObjectsLoaded(one.id, run, one.objects[run])]

    def _delete(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        one.content = one.content.without(run)
        return self._read(one)

    def _rename_run(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        one.content = one.content.renamed(run, f"renamed {number}")
        return self._read(one)

    def _replace(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        """Put another project in its place, which has some rows of one run or is empty."""
        one.content = Content(rows=[self._row(run, number)] if number else [])
        return self._read(one)

    def _vanish(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        one.gone = True
        return [ProjectVanished(one.id)]

    def _rename(self, one: Watched, run: str, number: int) -> list[DataEvent]:
        renamed = ProjectRenamed(one.id, f"renamed {self.clock}")
        one.id, one.generation, one.notices, one.told = renamed.renamed, 0, {}, {}
        return [renamed, *self._read(one)]

    def _read(self, one: Watched, generation: int | None = None) -> list[DataEvent]:
        """Return the events of a reading from the beginning."""
        if generation is None:
            one.generation += 1
            generation = one.generation
            content = one.content
            with_alerts = {alert.run_id for alert in content.alerts}
            one.told = {run: alert for run, alert in one.told.items() if run in with_alerts}
            there = content.run_ids
            one.objects = {run: found for run, found in one.objects.items() if run in there}
        # A run goes on in the columns that it was given, and must not change those of others.
        content, at = copy.deepcopy(one.content), (one.id, generation)
        heartbeats: dict[str, float] = {}
        for batch in content.system:
            newest = max(batch.times[-1], heartbeats.get(batch.run_id, 0.0))
            heartbeats[batch.run_id] = newest
        return [
            LoadStarted(*at, len(content.rows)),
            PreviewLoaded(*at, content.rows[-1:]),
            self._details(one, generation),
            RowsLoaded(*at, content.rows, len(content.rows)),
            LoadFinished(*at),
            AlertsLoaded(*at, content.alerts, False),
            SystemRowsLoaded(*at, content.system, True),
            *([HeartbeatsLoaded(*at, heartbeats)] if heartbeats else []),
        ]

    def _details(self, one: Watched, generation: int) -> DataEvent:
        return DetailsLoaded(one.id, generation, list(one.content.details.values()))

    def _list(self) -> list[DataEvent]:
        there = [
            ProjectSummary(one.id, len(one.content.run_ids), len(one.content.rows), NOW, 4096)
            for one in self.projects
            if not one.gone
        ]
        return [ProjectsListed(ORIGIN, there)]

    def _notice(self, one: Watched, subject: str, number: int) -> list[DataEvent]:
        """Say something of a project, or take it back."""
        one.notices.pop(subject, None)
        if number > 1:
            one.notices[subject] = f"fault {number}"
        return [Notice(ProjectOrigin(one.id), one.notices.get(subject), subject=subject)]

    def _hear(self, number: int) -> list[DataEvent]:
        self.unheard = NOW - number if number else None
        return [OriginUnheard(ORIGIN, self.unheard)]

    def _sample(self, host: str, number: int) -> list[DataEvent]:
        """Look at a machine's GPUs, of which each bit of a number is one."""
        there = [place for place in range(3) if number & 1 << place]
        samples = tuple(make_gpu(place, self.clock) for place in there)
        samples = tuple(
            sample._replace(identity=sample.identity._replace(host=host)) for sample in samples
        )
        report = (VendorReport("NVIDIA", len(there), f"{len(there)} GPUs"),)
        told = GpusSampled(samples, report, host, NOW - 1000)
        ids = {sample.identity.id for sample in samples}
        # Nothing is kept of a GPU that goes, so one that comes back begins anew.
        earlier = [
            one._replace(samples=tuple(each for each in one.samples if each.identity.id in ids))
            for one in self.gpus.get(host, [])
        ]
        self.gpus[host] = [*earlier, told]
        return [told]


_TOLD = {
    "log": Life._log,
    "log of its machine": Life._log_system,
    "alert": Life._alert,
    "configure": Life._configure,
    "open": Life._open,
    "delete": Life._delete,
    "rename its run": Life._rename_run,
    "replace": Life._replace,
    "vanish": Life._vanish,
    "rename": Life._rename,
}
"""What happens to a project, by its name."""

CHANGES = st.builds(
    Change,
    st.sampled_from([*_TOLD, "gpus", "notice", "unheard"]),
    # Most changes are to one run, so that a change meets what an earlier one left.
    st.sampled_from((0, 0, 0, 1)),
    st.sampled_from((0, 0, 0, 1)),
    st.integers(0, len(VALUES) - 1),
)
LIVES = st.lists(CHANGES, min_size=4, max_size=16)
