"""Everything that is known, what of it is looked at, and how events change both.

The fold is synchronous and never awaits; screens only read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

from trackio_view.model.alerts import Alert
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    LoadFinished,
    Notice,
    Origin,
    ProgramOrigin,
    ProjectOrigin,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    Severity,
)
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.gpu_history import Gpus
from trackio_view.model.health import (
    DEFAULT_THRESHOLDS,
    GPU_IDLE,
    IDLE_SECONDS,
    Finding,
    Thresholds,
    idle_gpus,
)
from trackio_view.model.machine import Machine, SystemChart, chosen_machine
from trackio_view.model.objects import RunObjects
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId, have_several_origins
from trackio_view.model.roles import chart_order
from trackio_view.model.run import Run, RunKey
from trackio_view.model.selection import RunLabel
from trackio_view.model.summary import newest_first
from trackio_view.series.window import ZOOM_LEVELS, ZoomLevel
from trackio_view.view.bindings import Mode
from trackio_view.view.config_diff import ConfigLine, diff_lines, matching
from trackio_view.view.layout import Layout, lay_out
from trackio_view.view.marks import Appearance
from trackio_view.view.places import CHARTS, PickerView, View
from trackio_view.view.runs.columns import RunEntry
from trackio_view.view.runs.table import RunsTable


class ComparedRun(NamedTuple):
    """A marked run that is there to be drawn, and how it looks."""

    key: RunKey
    run: Run
    look: Appearance


_ALERT = "alert "
_NO_PROJECT = ProjectId("", "")
"""The one on screen while none is."""
_MOST_VANISHED = 8
"""Projects whose files are gone that stay on screen: such a file may come back."""
_SEVERITIES = {"info": Severity.INFO, "warn": Severity.WARNING, "error": Severity.ERROR}


@dataclass(slots=True)
class Dashboard:
    """Everything that is known, and what of it is looked at."""

    view: View = field(default_factory=View)
    width: int = 80
    height: int = 24
    directory: str = ""
    """Where projects are looked for, to be named while there are none."""
    projects: dict[ProjectId, Project] = field(default_factory=dict)
    summaries: tuple[ProjectSummary, ...] = ()
    listed: bool = False
    """Whether the directory of projects was looked at already."""
    notices: dict[tuple[Origin, str], Notice] = field(default_factory=dict)
    """Standing notices by origin and subject, the newest last."""
    gpus: Gpus = field(default_factory=Gpus)
    watch_all: bool = False
    """Whether every project that is found is watched."""
    revision: int = 0
    """Grows whenever a source reported something."""
    thresholds: Thresholds = field(default_factory=lambda: DEFAULT_THRESHOLDS)
    """When the rules about a run's health speak."""
    quit: bool = False
    interrupted: bool = False
    """Whether the person quits by Ctrl-C, as a program that does not catch it ends."""
    redraw: bool = False
    """Whether the person wants the whole screen anew, since others wrote into it."""
    _selected: tuple[list[str], list[str]] | None = field(default=None, repr=False)
    """The metrics of a run, and the selected ones among them."""
    _compared: tuple[object, list[ComparedRun]] = (None, [])
    _compared_metrics: tuple[object, list[str]] = (None, [])
    _diff: tuple[object, list[ConfigLine]] = (None, [])

    @property
    def project(self) -> Project | None:
        """The project on screen."""
        return self.projects.get(self.view.project) if self.view.project is not None else None

    @property
    def run(self) -> Run | None:
        """The run on screen: the one chosen, else of those selected the one with the newest row."""
        project = self.project
        if project is None:
            return None
        chosen = project.runs.get(self.view.run_id) if self.view.run_id is not None else None
        if chosen is not None:
            return chosen
        if self.view.selection.run is None:
            return project.newest_run
        labels = (RunLabel(run.run_id, run.name, run.last_id) for run in project.runs.values())
        selected = self.view.selection.run_among(labels)
        return None if selected is None else project.runs[selected.run_id]

    @property
    def zoom_level(self) -> ZoomLevel:
        return ZOOM_LEVELS[self.view.zoom]

    @property
    def metrics(self) -> list[str]:
        """The selected metrics of the run on screen, or of all compared, in the charts' order."""
        compared = self.compared
        if compared:
            return self._metrics_of(compared)
        run = self.run
        if run is None:
            return []
        metrics = run.chart_metrics
        if not self.view.selection.metrics:
            return metrics
        if self._selected is None or self._selected[0] is not metrics:
            self._selected = (metrics, self.view.selection.metrics_among(metrics))
        return self._selected[1]

    @property
    def compared(self) -> list[ComparedRun]:
        """The marked runs that are there, in the order drawn: the one in front last.

        In front is the one pinned; where none is, the one on screen.
        """
        marks = self.view.marks
        if not marks:
            return []
        shown = self.shown_key
        made_of = (marks.revision, self.revision, shown)
        if self._compared[0] != made_of:
            self._compared = (made_of, self._find_compared(shown))
        return self._compared[1]

    def _find_compared(self, shown: RunKey) -> list[ComparedRun]:
        marks = self.view.marks
        keys = marks.runs
        if marks.pinned is None and shown in marks:
            keys = [*(key for key in keys if key != shown), shown]
        found = []
        for key in keys:
            project = self.projects.get(key.project)
            run = None if project is None else project.runs.get(key.run_id)
            if run is not None:
                found.append(ComparedRun(key, run, marks.appearances[key]))
        return found

    def _metrics_of(self, compared: list[ComparedRun]) -> list[str]:
        counts = (self.view.marks.revision, [(one.key, len(one.run.series)) for one in compared])
        if self._compared_metrics[0] != counts:
            together: dict[str, None] = {}
            for one in compared:
                together.update(dict.fromkeys(one.run.series))
            self._compared_metrics = (
                counts,
                self.view.selection.metrics_among(chart_order(together)),
            )
        return self._compared_metrics[1]

    @property
    def shown_key(self) -> RunKey:
        """The run on screen, as marks know it."""
        run = self.run
        return RunKey(self.view.project or _NO_PROJECT, run.run_id if run is not None else "")

    @property
    def page_run(self) -> tuple[Project, Run] | None:
        """The run whose page is open, `None` where it is gone."""
        key = self.view.page.key
        project = self.projects.get(key.project) if key is not None else None
        if key is None or project is None or key.run_id not in project.runs:
            return None
        return project, project.runs[key.run_id]

    @property
    def page_objects(self) -> RunObjects | None:
        """What was read for the page that is open; `None` until it is."""
        found = self.page_run
        return None if found is None else found[0].objects.get(found[1].run_id)

    @property
    def diff_runs(self) -> list[ComparedRun]:
        """The runs whose configs are compared, in the order marked: all of a project's without."""
        if self.compared:
            found = {one.key: one for one in self.compared}
            return [found[key] for key in self.view.marks.appearances if key in found]
        project = self.project
        if project is None:
            return []
        keys = {run_id: RunKey(project.id, run_id) for run_id in project.runs}
        return [
            ComparedRun(keys[run_id], run, Appearance(0, 0)) for run_id, run in project.runs.items()
        ]

    @property
    def diff_lines(self) -> list[ConfigLine]:
        """The configs' lines that are on screen or within reach of scrolling."""
        diff = self.view.diff
        made_of = (diff.everything, [one.run.config for one in self.diff_runs])
        if self._diff[0] != made_of:
            self._diff = (made_of, diff_lines(made_of[1], everything=diff.everything))
        return matching(self._diff[1], diff.search)

    def findings(self, project: Project, run: Run, now: float) -> list[Finding]:
        """Return what the rules say of a run, the worst first; `now` is in epoch seconds."""
        return project.findings(run, now, self._idle_gpus(now))

    def _idle_gpus(self, now: float) -> list[str]:
        loads = self.gpus.recent_loads(now, IDLE_SECONDS)
        return idle_gpus(loads, self.thresholds[GPU_IDLE.name])

    @property
    def layout(self) -> Layout:
        """How the metrics screen is divided at the present size."""
        return lay_out(
            self.width,
            self.height,
            len(self.metrics),
            enlarged=self.view.enlarged,
            has_strip=self.view.gpus.strip,
        )

    @property
    def focus(self) -> int:
        """The focused chart, valid also where the run on screen has fewer charts than the last."""
        return max(0, min(self.view.focus, len(self.metrics) - 1))

    @property
    def machine(self) -> Machine | None:
        """The run on the system screen: the one on screen, else of those selected the newest
        that logged its machine.
        """
        project = self.project
        if project is None:
            return None
        run = self.run
        if run is not None:
            machine = project.machine_of(run)
            if run.run_id == self.view.run_id or machine.logged():
                return machine
        machines = project.machines
        chosen = (it for it in machines if it.run_id == self.view.run_id)
        return next(chosen, None) or chosen_machine(machines, self.view.selection)

    @property
    def system_charts(self) -> list[SystemChart]:
        """The charts of the system screen, on all pages."""
        machine = self.machine
        return [] if machine is None else machine.charts(self.view.selection)

    def system_layout(self, chart_count: int) -> Layout:
        """Return how the system screen is divided at the present size."""
        enlarged = self.view.system_enlarged
        return lay_out(self.width, self.height, chart_count, enlarged=enlarged, has_panel=False)

    @property
    def watched(self) -> frozenset[ProjectId]:
        """The projects that sources should be watching."""
        return frozenset(self.projects)

    @property
    def has_several_origins(self) -> bool:
        """Whether projects of more than one origin are known, so that theirs are told."""
        return have_several_origins(
            chain(self.projects, (summary.id for summary in self.summaries))
        )

    def project_title(self, project: ProjectId) -> str:
        """Return what a project is called among those known."""
        return f"{project.name} ({project.origin})" if self.has_several_origins else project.name

    @property
    def runs_scope(self) -> ProjectId | None:
        """The project whose runs the table lists; `None` where it lists those of all watched."""
        return None if self.view.runs.all_projects else self.view.project

    @property
    def run_entries(self) -> list[RunEntry]:
        """The runs that the table is about: of the project on screen, or of all watched."""
        shown = self.project
        if self.view.runs.all_projects:
            projects = list(self.projects.values())
        else:
            projects = [] if shown is None else [shown]
        return [RunEntry(project, run) for project in projects for run in project.runs.values()]

    def runs_table(self, now: float) -> RunsTable:
        """Return the table of runs as it is at a time, in seconds since the epoch."""
        revision = (self.revision, self.runs_scope)
        return self.view.runs.table(revision, lambda: self.run_entries, now)

    def show_run(self, key: RunKey) -> None:
        """Bring a run of a watched project on screen: the charts, and what else is about it."""
        if key.project in self.projects:
            self.watch(key.project)
            self.view.run_id = key.run_id

    def show_gpus(self, shown: bool = True) -> None:
        """Bring the GPUs on screen, or what they lay over."""
        self.view.back_to(*CHARTS, Mode.RUNS)
        if shown:
            self.view.open(Mode.GPUS, self.view.gpus)

    def show_system(self, shown: bool = True) -> None:
        """Bring what the run logged of its machine on screen, or what that lay over."""
        self.view.back_to(*CHARTS, Mode.RUNS)
        if shown:
            self.view.open(Mode.SYSTEM, self.view.system)

    def meet(self, project: ProjectId) -> None:
        """Watch a project from now on, whatever is on screen."""
        if project not in self.projects:
            since = self.view.selection.since
            self.projects[project] = Project(project, since, thresholds=self.thresholds)

    def watch(self, project: ProjectId) -> None:
        """Bring a project on screen, watching it from now on."""
        self.meet(project)
        if self.view.project != project:
            self.view.project, self.view.run_id, self.view.focus = project, None, 0

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
            self._list_projects(event.origin, event.projects)
        elif isinstance(event, ProjectRenamed):
            self.go_on_as(event.project, event.project._replace(name=event.new_name))
        elif isinstance(event, GpusSampled):
            self.gpus.apply(event)
        elif event.project in self.projects:
            project = self.projects[event.project]
            project.apply(event)
            if isinstance(event, AlertsLoaded) and event.arriving:
                for alert in event.alerts:
                    self._announce(event.project, alert)
            elif isinstance(event, AlertsLoaded | LoadFinished) and project.complete:
                self._forget_gone(project)

    def _forget_gone(self, project: Project) -> None:
        """Let go of what is kept of a project's runs that are there no more."""
        there = project.runs.keys() | project.alerts.keys()
        for key in [key for key in self.notices if key[0] == ProjectOrigin(project.id)]:
            if key[1].startswith(_ALERT) and key[1].removeprefix(_ALERT) not in there:
                del self.notices[key]
        opened = self.view.page.key
        for run_id in project.objects.keys() - there:
            if opened != RunKey(project.id, run_id):
                del project.objects[run_id]
        self.view.marks.forget_gone(project.id, there)
        # What was made of the runs before would keep them whole until it is asked for again.
        self._compared, self._compared_metrics = (None, []), (None, [])
        self._selected, self._diff = None, (None, [])
        self.view.runs.forget_table()

    def _announce(self, project: ProjectId, alert: Alert) -> None:
        """Show an alert that just came; the next of its run takes its place."""
        step = "" if alert.step is None else f" at step {alert.step}"
        text = f"{alert.run_name}{step}: {alert.title}"
        subject = f"{_ALERT}{alert.run_id}"
        self.apply(Notice(ProjectOrigin(project), text, _SEVERITIES[alert.level], subject))

    def dismiss(self) -> None:
        """Take the alerts off the notices; they stay on their runs' pages.

        Where there is none, take off what is wrong with the settings, one after the other: each
        is to be read.
        """
        alerts = [key for key, one in self.notices.items() if one.subject.startswith(_ALERT)]
        settings = [key for key in self.notices if key[0] is ProgramOrigin.SETTINGS]
        for key in alerts or settings[-1:]:
            del self.notices[key]

    def _list_projects(self, origin: str, summaries: Sequence[ProjectSummary]) -> None:
        picker, before = self.view.state(PickerView), [one.id for one in self.summaries]
        others = [one for one in self.summaries if one.id.origin != origin]
        self.summaries = tuple(newest_first([*others, *summaries]) if others else summaries)
        listed = [summary.id for summary in self.summaries]
        # The picker's line stays on its project while others overtake it.
        if picker is not None and picker.selected < len(before):
            project = before[picker.selected]
            picker.selected = listed.index(project) if project in listed else picker.selected
        newest = next((summary for summary in self.summaries if summary.row_count), None)
        if self.view.project is None and newest is not None:
            self.watch(newest.id)
        if self.watch_all:
            for project in listed:
                self.meet(project)
            self._let_go_of_vanished(listed)

    def _let_go_of_vanished(self, listed: Sequence[ProjectId]) -> None:
        """Watch no longer those projects whose files went long ago; they are met if they return."""
        vanished = [
            known
            for known, project in self.projects.items()
            if project.vanished and known not in listed and known != self.view.project
        ]
        for known in vanished[:-_MOST_VANISHED]:
            project = self.projects.pop(known)
            project.runs, project.alerts = {}, {}
            self._forget_gone(project)
            self._take_back_notices(known)

    def go_on_as(self, known: ProjectId, renamed: ProjectId) -> None:
        """Go on with a project under another id, keeping on screen what was read of it."""
        project = self.projects.pop(known, None)
        if project is None:
            return
        # It is read anew under that; what is known stays on screen until that is done.
        project.id, project.generation, project.loading = renamed, -1, None
        self.projects.setdefault(renamed, project)
        self.view.rename_project(known, renamed)
        # What is still so is said anew of it.
        self._take_back_notices(known)

    def _take_back_notices(self, project: ProjectId) -> None:
        for notice in [key for key in self.notices if key[0] == ProjectOrigin(project)]:
            del self.notices[notice]
