"""What a person looks at of all that is known, and what follows from both. Screens only read it.

An answer that is asked for often is kept, and derived again only when something that it was derived
from has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    LoadFinished,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    SystemRowsLoaded,
)
from trackio_view.model.fleet import FleetSampled, newer_readings
from trackio_view.model.gpu import GpuProcess, GpusRemembered, GpusSampled
from trackio_view.model.gpu_history import HOUR_SPAN
from trackio_view.model.health import (
    GPU_IDLE,
    IDLE_SECONDS,
    Finding,
    idle_gpus,
)
from trackio_view.model.knowledge import Knowledge
from trackio_view.model.project import Project
from trackio_view.model.project_id import ProjectId, have_several_origins
from trackio_view.model.run import Run, RunKey
from trackio_view.model.selection import RunLabel
from trackio_view.model.short_origins import short_origins
from trackio_view.view.actions import Action, Mode
from trackio_view.view.charts.chart_choice import ChosenCharts
from trackio_view.view.charts.compared_runs import ComparedRun
from trackio_view.view.charts.derived_charts import DerivedCharts
from trackio_view.view.charts.shown_charts import ShownCharts, focus_among, show_charts
from trackio_view.view.config_diff import DerivedConfigs
from trackio_view.view.fleet import FleetRow
from trackio_view.view.gpus import GpuView
from trackio_view.view.keys.kept_keys import KeptKeys
from trackio_view.view.layout import Layout
from trackio_view.view.places import CHARTS, PickerView, View, WallCharts
from trackio_view.view.runs.columns import RunEntry
from trackio_view.view.runs.table import RunsTable

if TYPE_CHECKING:
    from trackio_view.model.objects import RunObjects

_NO_PROJECT = ProjectId("", "")
"""Stands for the project on screen while there is no project."""


@dataclass(slots=True, eq=False, repr=False)
class Dashboard:
    """What is known, what a person looks at of it, and what is derived from both."""

    known: Knowledge = field(default_factory=Knowledge)
    view: View = field(default_factory=View)
    width: int = 80
    height: int = 24
    directory: str = ""
    """Where projects are looked for. It is named on screen while there are no projects."""
    is_far: bool = False
    """Whether the projects are on another machine, so that the header always names the origin."""
    gpu_hosts: Mapping[str, str] | None = None
    """The machine on whose GPUs a project's runs train, by the project's origin: empty for this
    machine. No GPUs are told of for an origin that is missing; `None` where all projects lie here.
    """
    has_fleet: bool = False
    """Whether the GPUs are those of a fleet, and not of this machine."""
    watch_all: bool = False
    """Whether every project that is found is watched."""
    quit: bool = False
    interrupted: bool = False
    """Whether the person quit by Ctrl-C. The program then ends as one that does not catch the
    signal.
    """
    draws_pictures: bool = True
    """Whether the terminal can show pictures: it has colours and the glyph of half a cell."""
    redraw: bool = False
    """Whether the person wants the whole screen painted anew, because other programs wrote into it.
    """
    kept: KeptKeys = field(default_factory=KeptKeys)
    """Keys that wait until the data that they are about is there."""
    derived_configs: DerivedConfigs = field(default_factory=DerivedConfigs)
    """What was derived from the configs that are compared."""
    ahead: list[str] = field(default_factory=list)
    """Keys about a frame that is still to be drawn, and all keys typed after them."""
    _has_guessed: bool = False
    """Whether the project on screen was put there without being named, because no project had a row
    yet.
    """
    _derived: DerivedCharts = field(default_factory=DerivedCharts)
    """The runs that are compared and the charts on screen."""

    @property
    def project(self) -> Project | None:
        """The project on screen."""
        return self.known.projects.get(self.view.project) if self.view.project is not None else None

    def kept_sentence(self, *, arrows: bool) -> str:
        """Return what is said of the keys that wait for data, nothing where none do."""
        dropping = Action.DISMISS if self.view.mode is Mode.METRICS else Action.BACK
        return self.kept.sentence(self.view.key_of(dropping), arrows=arrows)

    @property
    def awaits_project(self) -> bool:
        """Whether the project on screen was named and is not there yet."""
        project = self.project
        return (
            project is not None
            and project.generation < 0
            and self.known.listed
            and all(summary.id != project.id for summary in self.known.summaries)
        )

    @property
    def has_settled(self) -> bool:
        """Whether the runs of the project on screen are known."""
        project = self.project
        return project is not None and (project.complete or project.previewed_rows > 0)

    @property
    def run(self) -> Run | None:
        """The run on screen: the one chosen, else of those selected the one with the newest row."""
        project = self.project
        if project is None:
            return None
        chosen = project.run_of(self.view.run_id) if self.view.run_id is not None else None
        if chosen is not None:
            return chosen
        if self.view.selection.run is None:
            return project.newest_run
        labels = (RunLabel(run.run_id, run.name) for run in project.newest_first)
        selected = self.view.selection.run_among(labels)
        return None if selected is None else project.run_of(selected.run_id)

    @property
    def run_count(self) -> int:
        """How many runs the charts are about: those compared, or all of the project on screen."""
        project = self.project
        own = 0 if project is None else len(project.runs) + len(project.rowless)
        return max(own, len(self.compared))

    @property
    def metrics(self) -> Sequence[str]:
        """The metrics whose charts are on screen, on all pages, in their order."""
        return self.charts.metrics

    @property
    def charts(self) -> ChosenCharts:
        """Which of all charts are on screen."""
        view, known, choice = self.view, self.known, self.view.choice
        # A key asks for them a dozen times. While nothing came and none of this changes, no run and
        # no metric is looked for.
        state = (
            *(known.revision, len(known.projects), view.project, view.run_id, view.selection),
            *(view.marks.revision, choice.tab, choice.filter, choice.order, view.charts.framing),
        )
        return self._derived.charts_of(state, self._choose_charts)

    def _choose_charts(self) -> ChosenCharts:
        compared = self.compared
        return self._derived.charts(self.view, compared, None if compared else self.run)

    @property
    def every_metric(self) -> list[str]:
        """The selected metrics of the run on screen, or of all compared, in the charts' order."""
        compared = self.compared
        run = None if compared else self.run
        return self._derived.metrics(self.view.selection, compared, run)

    @property
    def compared(self) -> list[ComparedRun]:
        """The marked runs that are there, in the order drawn: the one in front last.

        In front is the one pinned; where none is, the one on screen.
        """
        marks = self.view.marks
        return self._derived.compared(marks, self.known, self.shown_key) if marks else []

    @property
    def shown_key(self) -> RunKey:
        """The run on screen, as marks know it."""
        run = self.run
        return RunKey(self.view.project or _NO_PROJECT, run.run_id if run is not None else "")

    @property
    def front_key(self) -> RunKey:
        """The run that the charts draw in front of all others, as marks know it."""
        compared = self.compared
        return compared[-1].key if compared else self.shown_key

    @property
    def page_run(self) -> tuple[Project, Run] | None:
        """The run whose page is open, `None` where it is gone."""
        key = self.view.page.key
        project = self.known.projects.get(key.project) if key is not None else None
        run = None if key is None or project is None else project.run_of(key.run_id)
        return None if project is None or run is None else (project, run)

    @property
    def page_objects(self) -> RunObjects | None:
        """What was read for the page that is open; `None` until it is."""
        found = self.page_run
        return None if found is None else found[0].objects.get(found[1].run_id)

    def findings(self, project: Project, run: Run, now: float) -> list[Finding]:
        """Return what the rules say of a run, the worst first; `now` is in epoch seconds."""
        host = "" if self.gpu_hosts is None else self.gpu_hosts.get(project.id.origin)
        return project.findings(run, now, () if host is None else self._idle_gpus(now, host))

    def _idle_gpus(self, now: float, host: str) -> list[str]:
        loads = self.known.gpus.recent_loads(now, IDLE_SECONDS, host)
        return idle_gpus(loads, self.known.thresholds[GPU_IDLE.name])

    @property
    def shown_charts(self) -> ShownCharts:
        """The charts on screen with their layout and focus."""
        view, charts, size, runs = self.view, self.charts, (self.width, self.height), self.run_count
        gpus = len(self.known.gpus.histories) if view.gpus.strip else 0
        state = (
            *(charts, size, runs, view.focus, view.enlarged, view.gpus.strip, gpus),
            *(view.charts.framing.side_box, view.charts.framing.columns, view.tells_stretch),
        )
        return self._derived.shown(
            state, lambda: show_charts(charts, view, *size, run_count=runs, gpu_count=gpus)
        )

    @property
    def layout(self) -> Layout:
        """How the metrics screen is divided at the present size."""
        return self.shown_charts.layout

    @property
    def focus(self) -> int:
        """The focused chart, valid also where the run on screen has fewer charts than the last."""
        return focus_among(self.view, len(self.metrics))

    @property
    def watched(self) -> frozenset[ProjectId]:
        """The projects that sources should be watching."""
        return frozenset(self.known.projects)

    @property
    def has_several_origins(self) -> bool:
        """Whether projects of more than one origin are known, so that theirs are told."""
        return have_several_origins(self._every_project)

    @property
    def _every_project(self) -> Iterator[ProjectId]:
        return chain(self.known.projects, (summary.id for summary in self.known.summaries))

    @property
    def origin_titles(self) -> dict[str, str]:
        """What each of the origins of known projects is called among them."""
        return short_origins(project.origin for project in self._every_project)

    def project_title(self, project: ProjectId) -> str:
        """Return what a project is called among those known."""
        titles = self.origin_titles
        if len(titles) < 2:
            return project.name
        return f"{project.name} ({titles.get(project.origin, project.origin)})"

    @property
    def runs_scope(self) -> ProjectId | None:
        """The project whose runs the table lists; `None` where it lists those of all watched."""
        return None if self.view.runs.all_projects else self.view.project

    @property
    def run_entries(self) -> list[RunEntry]:
        """The runs that the table is about: of the project on screen, or of all watched."""
        return [
            RunEntry(project, run) for project in self._listed_projects for run in project.every_run
        ]

    @property
    def has_run_entries(self) -> bool:
        """Whether the table of runs has any run. Each key and each frame ask this."""
        return any(project.runs or project.rowless for project in self._listed_projects)

    @property
    def _listed_projects(self) -> list[Project]:
        if self.view.runs.all_projects:
            return list(self.known.projects.values())
        return [] if self.project is None else [self.project]

    def runs_table(self, now: float) -> RunsTable:
        """Return the table of runs as it is at a time, in seconds since the epoch."""
        revision = (self.known.revision, self.runs_scope)
        return self.view.runs.table(revision, lambda: self.run_entries, now)

    def show_run(self, key: RunKey) -> None:
        """Bring a run of a watched project on screen: the charts, and what else is about it."""
        if key.project in self.known.projects:
            self.watch(key.project)
            self.view.run_id = key.run_id

    def show_run_of(self, process: GpuProcess) -> bool:
        """Bring what a process logs on screen, over the charts; return whether that is known."""
        if process.project is None:
            return False
        self.view.back_to(*CHARTS)
        self.watch(process.project)
        if process.run is not None:
            self.view.run_id = process.run_id or process.run
        return True

    @property
    def fleet_rows(self) -> list[FleetRow]:
        """The machines of the fleet that its filter lets through, in order."""
        return self.view.fleet.rows(self.known.fleet)

    def show_gpus(self, shown: bool = True) -> None:
        """Bring the GPUs on screen, those of a whole fleet where there is one. If they are on
        screen, go back to what they lay over.
        """
        self.view.back_to(*CHARTS, Mode.RUNS)
        if shown and self.has_fleet:
            self.view.open(Mode.FLEET, self.view.fleet)
        elif shown:
            self.view.open(Mode.GPUS, self.view.gpus)

    def open_host(self, row: FleetRow) -> None:
        """Bring the GPUs of a machine of the fleet on screen, over the fleet."""
        self.view.fleet.opened = row.host.name
        self.known.look_into(row.host)
        self.view.gpus = GpuView(span=HOUR_SPAN, strip=self.view.gpus.strip)
        self.view.open(Mode.GPUS, self.view.gpus)

    def show_system(self, shown: bool = True) -> None:
        """Bring what the run logged of its machine on screen. If it is on screen, go back to what
        it lay over.
        """
        self.view.back_to(*CHARTS, Mode.RUNS)
        if shown:
            self.view.open(Mode.SYSTEM, self.view.system)

    def meet(self, project: ProjectId) -> None:
        """Watch a project from now on without changing what is on screen."""
        self.known.meet(project, self.view.selection.since)

    def watch(self, project: ProjectId) -> None:
        """Bring a project on screen, watching it from now on."""
        self.meet(project)
        self._has_guessed = False
        if self.view.project != project:
            self.view.project, self.view.run_id, self.view.focus = project, None, 0

    def go_on_as(self, project: ProjectId, renamed: ProjectId) -> None:
        """Go on with a project under another id, keeping on screen what was read of it."""
        if project in self.known.projects:
            self.known.go_on_as(project, renamed)
            self.view.rename_project(project, renamed)

    def apply(self, event: DataEvent) -> None:
        """Fold what a source reports into what is known, and let what is looked at follow."""
        if isinstance(event, ProjectRenamed) and event.project in self.known.projects:
            self.view.rename_project(event.project, event.renamed)
        if isinstance(event, GpusSampled | GpusRemembered) and self._is_of_another_host(event):
            return
        listed, gpu = self.known.summaries, None
        if isinstance(event, GpusSampled):
            gpu = self.view.gpus.selected(self.known.gpus)
        self.known.apply(event)
        self.view.gpus.follow(gpu, self.known.gpus)
        if isinstance(event, FleetSampled):
            self._go_on_with_host(event)
        if isinstance(event, ProjectsListed):
            self._follow_list(listed)
        elif (
            isinstance(event, LoadFinished)
            or (isinstance(event, AlertsLoaded) and not event.arriving)
            or (isinstance(event, SystemRowsLoaded) and event.replaces)
        ):
            self._forget_gone(event.project)

    def _is_of_another_host(self, event: GpusSampled | GpusRemembered) -> bool:
        """Return whether an event is about a machine of the fleet that is no longer looked at."""
        return self.has_fleet and bool(event.source) and event.source != self.view.fleet.opened

    def _go_on_with_host(self, fleet: FleetSampled) -> None:
        """Update the machine on screen with the newest readings of the fleet.

        Readings that were asked for this machine alone hold more: one that is known already stays.
        """
        self.has_fleet = True
        opened = self.view.fleet.opened
        host = next((host for host in fleet.hosts if host.name == opened), None)
        if host is None:
            return
        self.known.apply(newer_readings(host, self.known.gpus.histories))

    def _follow_list(self, before: Sequence[ProjectSummary]) -> None:
        picker, listed = self.view.state(PickerView), [one.id for one in self.known.summaries]
        # The picker's line stays on its project while others overtake it.
        if picker is not None and picker.selected < len(before):
            project = before[picker.selected].id
            picker.selected = listed.index(project) if project in listed else picker.selected
        newest = next((summary for summary in self.known.summaries if summary.row_count), None)
        if self.view.project is None or (self._has_guessed and not self._has_rows()):
            # A project without rows may have runs that have only logged their machine so far.
            readable = (one for one in self.known.summaries if one.row_count is not None)
            meant = newest or next(readable, None)
            if meant is not None:
                self.watch(meant.id)
                self._has_guessed = newest is None
        if self.watch_all:
            for project in listed:
                self.meet(project)
            for project in self.known.forget_vanished(self.view.project):
                self.view.marks.forget_gone(project, ())
                self._forget_derived()

    def _has_rows(self) -> bool:
        return self.project is not None and any(run.row_count for run in self.project.runs.values())

    def _forget_gone(self, project: ProjectId) -> None:
        known = self.known.projects.get(project)
        if known is not None and known.complete:
            self.known.forget_gone(known, self.view.page.key)
            self.view.marks.forget_gone(project, known.run_ids)
            self._forget_derived()

    def _forget_derived(self) -> None:
        """Drop what was derived from runs. Otherwise it would keep old runs in memory until it is
        derived again.
        """
        self._derived.forget()
        self.derived_configs = DerivedConfigs()
        self.view.runs.forget_table()
        self.view.wall.known = WallCharts((), {})
