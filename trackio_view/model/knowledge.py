"""What is known: all that sources reported, folded together.

The fold is synchronous, never awaits, and derives nothing: rooms that draw or decide do that.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    Notice,
    Origin,
    OriginUnheard,
    ProgramOrigin,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    Severity,
)
from trackio_view.model.fleet import FleetHost, FleetSampled, gpus_of
from trackio_view.model.gpu import GpusRemembered, GpusSampled
from trackio_view.model.gpu_history import Gpus
from trackio_view.model.health import DEFAULT_THRESHOLDS, Thresholds
from trackio_view.model.opened_media import MediaLoaded
from trackio_view.model.opened_traces import TraceListLoaded, TraceLoaded
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId
from trackio_view.model.run import RunKey
from trackio_view.model.summary import newest_first

if TYPE_CHECKING:
    from trackio_view.model.alerts import Alert

_ALERT = "alert "
_MOST_VANISHED = 8
"""How many projects stay known although their files are gone. Such a file may come back."""
_SEVERITIES = {"info": Severity.INFO, "warn": Severity.WARNING, "error": Severity.ERROR}


@dataclass(slots=True, eq=False, repr=False)
class Knowledge:
    """Everything that is known."""

    projects: dict[ProjectId, Project] = field(default_factory=dict)
    """The watched projects. Reports about any other project are ignored."""
    summaries: tuple[ProjectSummary, ...] = ()
    """The projects that there are in all origins, those with the newest data first."""
    listed: bool = False
    """Whether any origin told of its projects already."""
    remarks: dict[str, Sequence[str]] = field(default_factory=dict)
    """What each origin, as it was listed last, says of itself as a whole."""
    notices: dict[tuple[Origin, str], Notice] = field(default_factory=dict)
    """Standing notices by origin and subject, the newest last."""
    gpus: Gpus = field(default_factory=Gpus)
    """The GPUs of this machine, or of the machine of a fleet that was opened last."""
    fleet: FleetSampled | None = None
    """The newest state of the fleet; `None` where no source reported one."""
    fleet_looks: int = 0
    """How often a source reported one."""
    media: MediaLoaded | None = None
    """The newest answer about a file that was opened."""
    traces: TraceListLoaded | None = None
    """The newest answer about the traces that are listed."""
    trace: TraceLoaded | None = None
    """The newest answer about a trace that was opened."""
    thresholds: Thresholds = field(default_factory=lambda: DEFAULT_THRESHOLDS)
    """The thresholds of the rules about a run's health."""
    revision: int = 0
    """Grows whenever a source reported something."""

    def meet(self, project: ProjectId, since: float | None = None) -> None:
        """From now on, fold what is reported of a project.

        No window of its runs reaches back beyond `since`, in seconds since the epoch.
        """
        if project not in self.projects:
            self.projects[project] = Project(project, since, thresholds=self.thresholds)

    def apply(self, event: DataEvent) -> None:
        """Take in what a source reports."""
        self.revision += 1
        if isinstance(event, Notice):
            key = (event.origin, event.subject)
            self.notices.pop(key, None)
            if event.text is not None:
                self.notices[key] = event
        elif isinstance(event, ProjectsListed):
            self.listed = True
            self.remarks[event.origin] = event.remarks
            others = [one for one in self.summaries if one.id.origin != event.origin]
            together = newest_first([*others, *event.projects]) if others else event.projects
            self.summaries = tuple(together)
        elif isinstance(event, OriginUnheard):
            self._judge_as_of(event)
        elif isinstance(event, ProjectRenamed):
            self.go_on_as(event.project, event.renamed)
        elif isinstance(event, GpusSampled):
            self.gpus.apply(event)
        elif isinstance(event, GpusRemembered):
            self.gpus.remember(event)
        elif isinstance(event, FleetSampled):
            self.fleet = event
            self.fleet_looks += 1
        elif isinstance(event, MediaLoaded):
            self.media = event
        elif isinstance(event, TraceListLoaded):
            self.traces = event
        elif isinstance(event, TraceLoaded):
            self.trace = event
        elif event.project in self.projects:
            self.projects[event.project].apply(event)
            if isinstance(event, AlertsLoaded) and event.arriving:
                for alert in event.alerts:
                    self._announce(event.project, alert)

    def _judge_as_of(self, unheard: OriginUnheard) -> None:
        """Judge the runs of an origin as of the moment at which it was heard last."""
        for project in self.projects.values():
            if project.id.origin == unheard.origin:
                for run in project.every_run:
                    run.heard_until = math.inf if unheard.since is None else unheard.since

    def _announce(self, project: ProjectId, alert: Alert) -> None:
        """Show an alert that just came as a notice. The next alert of the run replaces it."""
        run = self.projects[project].run_of(alert.run_id)
        meant = alert.step
        if run is not None and meant is not None:
            meant = run.step_at(meant, alert.time)
        step = "" if meant is None else f" at step {meant}"
        text = f"{alert.run_name}{step}: {alert.title}"
        subject = f"{_ALERT}{alert.run_id}"
        self.apply(Notice(ProjectOrigin(project), text, _SEVERITIES[alert.level], subject))

    def look_into(self, host: FleetHost) -> None:
        """Replace all known GPUs by those of one machine, as the fleet tells of them."""
        self.gpus = Gpus()
        self.gpus.apply(gpus_of(host))

    def dismiss(self) -> None:
        """Take the alerts off the notices; they stay on their runs' pages.

        Without alerts, take one notice about the settings off, so that each of them can be read.
        """
        for key in self.dismissable:
            del self.notices[key]

    @property
    def dismissable(self) -> list[tuple[Origin, str]]:
        """The notices that `dismiss` would take off."""
        alerts = [key for key, one in self.notices.items() if one.subject.startswith(_ALERT)]
        own = (ProgramOrigin.SETTINGS, ProgramOrigin.SESSION)
        settings = [key for key in self.notices if key[0] in own]
        return alerts or settings[-1:]

    def go_on_as(self, project: ProjectId, renamed: ProjectId) -> None:
        """Go on with a project under another id, keeping what was read of it."""
        known = self.projects.pop(project, None)
        if known is None:
            return
        known.go_on_as(renamed)
        self.projects.setdefault(renamed, known)
        # Sources report again what is still true of it.
        self._take_back_notices(project)

    def forget_gone(self, project: Project, page: RunKey | None) -> None:
        """Drop what is kept of those runs and alerts of a project that no longer exist.

        What the run on the open page logged beside numbers stays, because no source reads it twice.
        """
        for key in [key for key in self.notices if key[0] == ProjectOrigin(project.id)]:
            if key[1].startswith(_ALERT) and key[1].removeprefix(_ALERT) not in project.alerts:
                del self.notices[key]
        for run_id in project.objects.keys() - project.run_ids:
            if page != RunKey(project.id, run_id):
                del project.objects[run_id]

    def forget_vanished(self, shown: ProjectId | None) -> Collection[ProjectId]:
        """Stop watching projects whose files have been gone for long, except the one on screen.

        Return those projects. They are watched again if their files return.
        """
        listed = {summary.id for summary in self.summaries}
        vanished = [
            known
            for known, project in self.projects.items()
            if project.vanished and known not in listed and known != shown
        ]
        for known in vanished[:-_MOST_VANISHED]:
            project = self.projects.pop(known)
            project.runs, project.rowless, project.alerts = {}, {}, {}
            self._take_back_notices(known)
        return vanished[:-_MOST_VANISHED]

    def _take_back_notices(self, project: ProjectId) -> None:
        for key in [key for key in self.notices if key[0] == ProjectOrigin(project)]:
            del self.notices[key]
