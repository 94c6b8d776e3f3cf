"""Everything that is known, what of it is looked at, and how events change both.

The fold is synchronous and never awaits; screens only read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from trackio_view.model.alerts import Alert
from trackio_view.model.bindings import Action, Mode, action_for
from trackio_view.model.config_diff import ConfigLine, DiffView, diff_lines, matching
from trackio_view.model.events import (
    AlertsLoaded,
    DataEvent,
    InputEvent,
    KeyPressed,
    Notice,
    ProjectRenamed,
    ProjectsListed,
    ProjectSummary,
    Resized,
    RunObjectsLoaded,
    Severity,
)
from trackio_view.model.focus import moved_focus
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.gpu_history import Gpus
from trackio_view.model.gpu_view import GpuView
from trackio_view.model.health import (
    DEFAULT_THRESHOLDS,
    GPU_IDLE,
    IDLE_SECONDS,
    Finding,
    Thresholds,
    idle_gpus,
)
from trackio_view.model.layout import Layout, lay_out
from trackio_view.model.marks import Appearance, Marks, RunKey
from trackio_view.model.project import Project
from trackio_view.model.roles import chart_order
from trackio_view.model.run import Run
from trackio_view.model.run_columns import RunEntry
from trackio_view.model.run_page import RunObjects, RunPageView
from trackio_view.model.runs_table import RunsTable
from trackio_view.model.runs_view import RunsView
from trackio_view.model.selection import RunLabel, Selection
from trackio_view.model.system_charts import Machine, SystemChart, chosen_machine
from trackio_view.model.windows import ZOOM_LEVELS, ZoomLevel, clamp_zoom


@dataclass(slots=True)
class View:
    """What the person looks at."""

    mode: Mode = Mode.METRICS
    project: str | None = None
    """The project on screen; `None` until one is there."""
    selection: Selection = field(default_factory=Selection)
    """What was asked for at the start: which metrics, which run, since when."""
    run_id: str | None = None
    """The run on screen; `None` follows the newest row of the runs selected."""
    zoom: int = 0
    focus: int = 0
    """Which chart has the focus, counted over all pages."""
    enlarged: bool = False
    """Whether the focused chart fills the screen; kept while a list lies over it."""
    selected_project: int = 0
    """The picker's line."""
    help_offset: int = 0
    """The first line of the help on screen."""
    on_gpus: bool = False
    """Whether the GPUs are on screen rather than the charts."""
    gpus: GpuView = field(default_factory=GpuView)
    on_system: bool = False
    """Whether what the run logged of its machine is on screen rather than its metrics."""
    system_focus: int = 0
    system_enlarged: bool = False
    on_runs: bool = False
    """Whether the table of runs is on screen rather than the charts."""
    runs: RunsView = field(default_factory=RunsView)
    marks: Marks = field(default_factory=Marks)
    """The runs that are compared."""
    spread: bool = False
    """Whether the marked runs are drawn as the mean and spread of their groups."""
    page: RunPageView = field(default_factory=RunPageView)
    diff: DiffView = field(default_factory=DiffView)
    opened_from: Mode = Mode.METRICS
    """Where leaving a run's page or the config diff leads back to."""


class ComparedRun(NamedTuple):
    """A marked run that is there to be drawn, and how it looks."""

    key: RunKey
    run: Run
    look: Appearance


_ALERT = "alert"
_SEVERITIES = {"info": Severity.INFO, "warn": Severity.WARNING, "error": Severity.ERROR}


@dataclass(slots=True)
class Dashboard:
    """Everything that is known, and what of it is looked at."""

    view: View = field(default_factory=View)
    width: int = 80
    height: int = 24
    directory: str = ""
    """Where projects are looked for, to be named while there are none."""
    projects: dict[str, Project] = field(default_factory=dict)
    summaries: tuple[ProjectSummary, ...] = ()
    listed: bool = False
    """Whether the directory of projects was looked at already."""
    notices: dict[tuple[str, str], Notice] = field(default_factory=dict)
    """Standing notices by source and subject, the newest last."""
    gpus: Gpus = field(default_factory=Gpus)
    watch_all: bool = False
    """Whether every project that is found is watched."""
    revision: int = 0
    """Grows whenever a source reported something."""
    thresholds: Thresholds = field(default_factory=lambda: DEFAULT_THRESHOLDS)
    """When the rules about a run's health speak."""
    quit: bool = False
    _selected: tuple[list[str], list[str]] | None = field(default=None, repr=False)
    """The metrics of a run, and the selected ones among them."""
    _compared: tuple[object, list[ComparedRun]] = (None, [])
    _compared_metrics: tuple[object, list[str]] = (None, [])
    _shown_at: float = 0.0
    """The time for which the table of runs was made last: keys are about what was seen."""

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
        return RunKey(self.view.project or "", run.run_id if run is not None else "")

    @property
    def page_run(self) -> tuple[Project, Run] | None:
        """The run whose page is open, `None` where it is gone."""
        key = self.view.page.key
        project = self.projects.get(key.project) if key is not None else None
        if key is None or project is None or key.run_id not in project.runs:
            return None
        return project, project.runs[key.run_id]

    @property
    def wanted_page(self) -> RunKey | None:
        """The run whose objects sources should read; `None` while no page is open."""
        return self.view.page.key if self.view.mode is Mode.RUN_PAGE else None

    @property
    def page_objects(self) -> RunObjects | None:
        """What was read for the page that is open; `None` until it is."""
        key = self.view.page.key
        return None if key is None else self.view.page.objects.get(key)

    @property
    def diff_runs(self) -> list[ComparedRun]:
        """The runs whose configs are compared, in the order marked: all of a project's without."""
        if self.compared:
            found = {one.key: one for one in self.compared}
            return [found[key] for key in self.view.marks.appearances if key in found]
        project = self.project
        if project is None:
            return []
        keys = {run_id: RunKey(project.name, run_id) for run_id in project.runs}
        return [
            ComparedRun(keys[run_id], run, Appearance(0, 0)) for run_id, run in project.runs.items()
        ]

    @property
    def diff_lines(self) -> list[ConfigLine]:
        """The configs' lines that are on screen or within reach of scrolling."""
        diff = self.view.diff
        configs = [one.run.config for one in self.diff_runs]
        return matching(diff_lines(configs, everything=diff.everything), diff.search)

    def findings(self, project: Project, run: Run, now: float) -> list[Finding]:
        """Return what the rules say of a run, the worst first; `now` is in epoch seconds."""
        return project.findings(run, now, self._idle_gpus())

    def _idle_gpus(self) -> list[str]:
        loads = {}
        for number, history in enumerate(self.gpus.histories.values()):
            series, times = history.lines.get("utilization"), history.times
            if series is not None and times and times[-1] - times[0] >= IDLE_SECONDS:
                start = series.start_of(history.first_row(IDLE_SECONDS))
                loads[f"GPU {number}"] = [
                    value for value in series.values[start:] if value == value
                ]
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
    def watched(self) -> frozenset[str]:
        """The projects that sources should be watching."""
        return frozenset(self.projects)

    def shows(self, event: DataEvent) -> bool:
        """Return whether what a source reported may change what is on screen."""
        view = self.view
        if isinstance(event, ProjectsListed):
            return view.mode is Mode.PROJECTS or self.run is None
        if isinstance(event, Notice | ProjectRenamed | GpusSampled):
            return True
        if view.mode is Mode.PROJECTS or (view.on_runs and view.runs.all_projects):
            return True
        return event.project == view.project or any(
            key.project == event.project for key in view.marks.appearances
        )

    @property
    def shows_ages(self) -> bool:
        """Whether what is on screen grows older by itself."""
        lists = self.view.on_runs and not self.view.on_gpus
        return lists or self.view.mode is Mode.PROJECTS

    @property
    def wants_gpus(self) -> bool:
        """Whether the GPUs should be sampled."""
        return self.view.on_gpus or self.view.gpus.strip

    @property
    def run_entries(self) -> list[RunEntry]:
        """The runs that the table is about: of the project on screen, or of all watched."""
        shown = self.project
        if self.view.runs.all_projects:
            projects = list(self.projects.values())
        else:
            projects = [] if shown is None else [shown]
        return [RunEntry(project, run) for project in projects for run in project.runs.values()]

    def runs_table(self, now: float | None = None) -> RunsTable:
        """Return the table of runs as it is at a time, by default the one that was shown last."""
        if now is not None:
            self._shown_at = now
        runs = self.view.runs
        scope = None if runs.all_projects else self.view.project
        return runs.table((self.revision, scope), lambda: self.run_entries, self._shown_at)

    def show_run(self, key: RunKey) -> None:
        """Bring a run of a watched project on screen: the charts, and what else is about it."""
        if key.project in self.projects:
            self.watch(key.project)
            self.view.run_id = key.run_id

    def show_gpus(self, shown: bool = True) -> None:
        """Bring the GPUs on screen, or the charts again."""
        self.view.on_gpus, self.view.on_system = shown, False
        self.view.mode = self.base_mode

    def show_system(self, shown: bool = True) -> None:
        """Bring what the run logged of its machine on screen, or its metrics again."""
        self.view.on_system, self.view.on_gpus = shown, False
        self.view.mode = self.base_mode

    def watch(self, project: str) -> None:
        """Bring a project on screen, watching it from now on."""
        if project not in self.projects:
            since = self.view.selection.since
            self.projects[project] = Project(project, since, thresholds=self.thresholds)
        if self.view.project != project:
            self.view.project, self.view.run_id, self.view.focus = project, None, 0

    def apply(self, event: DataEvent) -> None:
        """Take in what a source reports."""
        self.revision += 1
        if isinstance(event, Notice):
            key = (event.source, event.subject)
            self.notices.pop(key, None)
            if event.text is not None:
                self.notices[key] = event
        elif isinstance(event, ProjectsListed):
            self.listed = True
            self._list_projects(tuple(event.projects))
        elif isinstance(event, ProjectRenamed):
            self._rename(event.project, event.new_name)
        elif isinstance(event, GpusSampled):
            self.gpus.apply(event)
        elif isinstance(event, RunObjectsLoaded):
            self.view.page.objects[RunKey(event.project, event.run_id)] = event.objects
        elif event.project in self.projects:
            self.projects[event.project].apply(event)
            if isinstance(event, AlertsLoaded) and event.arriving:
                for alert in event.alerts:
                    self._announce(event.project, alert)

    def _announce(self, project: str, alert: Alert) -> None:
        """Show an alert that just came; the next of its run takes its place."""
        step = "" if alert.step is None else f" at step {alert.step}"
        text = f"{alert.run_name}{step}: {alert.title}"
        subject = f"{_ALERT} {alert.run_id}"
        self.apply(Notice(project, text, _SEVERITIES[alert.level], subject))

    def _dismiss_alerts(self) -> None:
        self.notices = {
            key: notice
            for key, notice in self.notices.items()
            if not notice.subject.startswith(_ALERT)
        }

    def _list_projects(self, summaries: tuple[ProjectSummary, ...]) -> None:
        selected = self._selected_name()
        self.summaries = summaries
        names = [summary.name for summary in summaries]
        # The picker's line stays on its project while others overtake it.
        if selected in names:
            self.view.selected_project = names.index(selected)
        newest = next((summary for summary in summaries if summary.row_count), None)
        if self.view.project is None and newest is not None:
            self.watch(newest.name)
        if self.watch_all:
            for name in names:
                self.projects.setdefault(name, Project(name, thresholds=self.thresholds))

    def _rename(self, name: str, new_name: str) -> None:
        """Go on with a project under its new name, keeping on screen what was read of it."""
        project = self.projects.pop(name, None)
        if project is None:
            return
        # It is read anew under its name; what is known stays on screen until that is done.
        project.name, project.generation, project.loading = new_name, -1, None
        self.projects.setdefault(new_name, project)
        if self.view.project == name:
            self.view.project = new_name
        for key in [key for key in self.view.marks.appearances if key.project == name]:
            self.view.marks.unmark([key])
            self.view.marks.mark([key._replace(project=new_name)])
        for notice in [notice for notice in self.notices if notice[0] == name]:
            del self.notices[notice]

    def _selected_name(self) -> str | None:
        if self.view.mode is Mode.PROJECTS and self.view.selected_project < len(self.summaries):
            return self.summaries[self.view.selected_project].name
        return None

    def respond(self, event: InputEvent) -> None:
        """Take in what the person did."""
        if isinstance(event, Resized):
            self.width, self.height = event.width, event.height
        elif isinstance(event, KeyPressed):
            action = action_for(self.view.mode, event.key)
            if self.view.mode is Mode.GPU_FILTER and action is not Action.QUIT:
                self._type_filter(action, event.key)
            elif self.view.mode is Mode.CONFIG_SEARCH and action is not Action.QUIT:
                self._type_search(action, event.key)
            elif self.view.mode is Mode.RUN_FILTER and action is not Action.QUIT:
                self._type_run_filter(action, event.key)
            elif action is Action.PICK_GPU:
                self.view.gpus.pick(int(event.key), self.gpus)
            elif action is not None:
                self._act(action)

    def _type_filter(self, action: Action | None, key: str) -> None:
        gpus = self.view.gpus
        if action is not None:
            gpus.filter = gpus.filter if action is Action.CHOOSE else ""
            self.view.mode = Mode.GPUS
        elif key == "backspace":
            gpus.filter = gpus.filter[:-1]
        elif len(key) == 1 or key == "space":
            gpus.filter += " " if key == "space" else key
            gpus.cursor = 0

    def _type_run_filter(self, action: Action | None, key: str) -> None:
        runs = self.view.runs
        if action is None:
            runs.type(key)
        elif runs.end_typing(keep=action is Action.CHOOSE):
            self.view.mode = Mode.RUNS

    def _act_on_runs(self, action: Action) -> bool:
        """Take in a key of the table of runs; return whether it was one."""
        view, runs = self.view, self.view.runs
        table = self.runs_table()
        line = runs.line(table)
        if action in (Action.RUN_PAGE, Action.RUN_CHARTS):
            if line is not None and line.group is not None:
                runs.fold(line.group.key)
                return True
            if line is None or line.entry is None:
                return True
            self.show_run(line.entry.key)
            if action is Action.RUN_PAGE:
                return False
            view.on_runs = False
            view.mode = self.base_mode
        elif action is Action.BACK:
            view.on_runs = False
            view.mode = self.base_mode
        elif action is Action.FILTER:
            runs.start_typing()
            view.mode = Mode.RUN_FILTER
        elif action in (Action.COLUMNS, Action.GROUP):
            view.mode = Mode.RUN_COLUMNS if action is Action.COLUMNS else Mode.RUN_GROUPS
            runs.open_choices(view.mode, self.run_entries)
        elif self._list_step(action):
            runs.move(table, self._list_step(action))
            runs.scroll(table, self.layout.grid_height - 1)
        else:
            runs.act(action, table, view.marks)
            runs.scroll(table, self.layout.grid_height - 1)
            return action in _RUN_TABLE_ACTIONS
        return True

    def _act_on_run_list(self, action: Action) -> bool:
        """Take in a key of the lists over the table of runs; return whether it was one."""
        view, runs, entries = self.view, self.view.runs, self.run_entries
        if action in (Action.BACK, Action.COLUMNS, Action.GROUP):
            view.mode = Mode.RUNS
        elif action is Action.CHOOSE:
            runs.choose(view.mode, entries)
            if view.mode is Mode.RUN_GROUPS:
                view.mode = Mode.RUNS
        elif action in (Action.LEFT, Action.RIGHT):
            runs.shift_column(entries, 1 if action is Action.RIGHT else -1)
        elif self._list_step(action):
            runs.move_choice(view.mode, entries, self._list_step(action))
        else:
            return False
        return True

    def _type_search(self, action: Action | None, key: str) -> None:
        diff = self.view.diff
        if action is not None:
            diff.search = diff.search if action is Action.CHOOSE else ""
            self.view.mode = Mode.CONFIG_DIFF
        elif key == "backspace":
            diff.search = diff.search[:-1]
        elif len(key) == 1 or key == "space":
            diff.search += " " if key == "space" else key
        diff.offset = 0

    def open_page(self, key: RunKey) -> None:
        """Bring a run's page on screen."""
        self.view.opened_from = self.view.mode
        self.view.page.key, self.view.page.offset = key, 0
        self.view.mode = Mode.RUN_PAGE

    def open_diff(self) -> None:
        """Bring the configs of the marked runs on screen."""
        self.view.opened_from = self.view.mode
        self.view.diff = DiffView(everything=self.view.diff.everything)
        self.view.mode = Mode.CONFIG_DIFF

    def _act(self, action: Action) -> None:
        view = self.view
        if action is Action.QUIT:
            self.quit = True
        elif action is Action.RUNS:
            view.on_runs, view.on_system = view.mode is not Mode.RUNS, False
            view.mode = self.base_mode
        elif (view.mode is Mode.RUNS and self._act_on_runs(action)) or (
            view.mode in (Mode.RUN_COLUMNS, Mode.RUN_GROUPS) and self._act_on_run_list(action)
        ):
            return
        elif action is Action.GPUS:
            self.show_gpus(not view.on_gpus)
        elif action is Action.SYSTEM:
            self.show_system(not view.on_system)
        elif action is Action.GPU_STRIP:
            view.gpus.strip = not view.gpus.strip
        elif action is Action.HELP:
            self._toggle(Mode.HELP)
            view.help_offset = 0
        elif action is Action.RUN_PAGE:
            if self.run is not None:
                self.open_page(self.shown_key)
        elif action is Action.CONFIG_DIFF:
            self.open_diff()
        elif action is Action.PIN:
            if self.run is not None:
                self.view.marks.pin(self.shown_key)
        elif action is Action.SPREAD:
            view.spread = not view.spread
        elif action is Action.DISMISS:
            self._dismiss_alerts()
        elif action is Action.SEARCH:
            view.mode = Mode.CONFIG_SEARCH
        elif action is Action.ALL_KEYS:
            view.diff.everything, view.diff.offset = not view.diff.everything, 0
        elif view.mode in (Mode.RUN_PAGE, Mode.CONFIG_DIFF):
            self._move_on_page(action)
        elif action is Action.FILTER:
            view.gpus.chosen, view.mode = None, Mode.GPU_FILTER
        elif view.mode is Mode.GPUS:
            view.gpus.act(action, self.gpus)
        elif action in (Action.ZOOM_IN, Action.ZOOM_OUT):
            view.zoom = clamp_zoom(view.zoom + (1 if action is Action.ZOOM_IN else -1))
        elif view.mode is Mode.SYSTEM and action in _SYSTEM_ACTIONS:
            self._act_on_system(action)
        elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
            self._change_run(1 if action is Action.NEXT_RUN else -1)
        elif action is Action.PICK_PROJECT:
            self._toggle(Mode.PROJECTS)
            names = [summary.name for summary in self.summaries]
            view.selected_project = names.index(view.project) if view.project in names else 0
        elif action is Action.ENLARGE:
            view.enlarged, view.mode = True, Mode.ENLARGED
        elif action is Action.BACK:
            if view.mode is Mode.ENLARGED:
                view.enlarged = False
            view.mode = self.base_mode
        elif action is Action.CHOOSE:
            if view.selected_project < len(self.summaries):
                self.watch(self.summaries[view.selected_project].name)
                view.enlarged = view.system_enlarged = False
                view.mode = self.base_mode
        elif view.mode is Mode.HELP:
            view.help_offset = max(0, view.help_offset + self._list_step(action))
        elif view.mode is Mode.PROJECTS:
            last = max(0, len(self.summaries) - 1)
            view.selected_project = _clamped(view.selected_project + self._list_step(action), last)
        else:
            self._move_focus(action)

    def _move_on_page(self, action: Action) -> None:
        view = self.view
        if action is Action.BACK:
            view.mode = view.opened_from
        elif action in (Action.LEFT, Action.RIGHT):
            last = max(0, len(self.diff_runs) - 1)
            step = -1 if action is Action.LEFT else 1
            view.diff.first_run = _clamped(view.diff.first_run + step, last)
        elif view.mode is Mode.CONFIG_DIFF:
            last = max(0, len(self.diff_lines) - 1)
            view.diff.offset = _clamped(view.diff.offset + self._list_step(action), last)
        else:
            view.page.offset = max(0, view.page.offset + self._list_step(action))

    @property
    def base_mode(self) -> Mode:
        """What lies under the lists that can be laid over it."""
        if self.view.on_gpus:
            return Mode.GPUS
        if self.view.on_system:
            return Mode.SYSTEM
        if self.view.on_runs:
            return Mode.RUNS
        return Mode.ENLARGED if self.view.enlarged else Mode.METRICS

    def _toggle(self, mode: Mode) -> None:
        self.view.mode = self.base_mode if self.view.mode is mode else mode

    def _list_step(self, action: Action) -> int:
        """Return by how many lines an action moves in a list; a whole list is a million."""
        page = max(1, self.height - 6)
        return {
            Action.UP: -1,
            Action.DOWN: 1,
            Action.PREVIOUS_PAGE: -page,
            Action.NEXT_PAGE: page,
            Action.FIRST: -1_000_000,
            Action.LAST: 1_000_000,
        }.get(action, 0)

    def _move_focus(self, action: Action) -> None:
        self.view.focus = moved_focus(action, self.focus, len(self.metrics), self.layout)

    def _act_on_system(self, action: Action) -> None:
        """Do what a key asks for on the system screen."""
        view, machine = self.view, self.machine
        if action is Action.ENLARGE:
            view.system_enlarged = True
        elif action is Action.BACK and view.system_enlarged:
            view.system_enlarged = False
        elif action is Action.BACK:
            self.show_system(False)
        elif action in (Action.NEXT_RUN, Action.PREVIOUS_RUN):
            if machine is not None and self.project is not None:
                run_ids = [it.run_id for it in self.project.machines]
                step = 1 if action is Action.NEXT_RUN else -1
                position = (run_ids.index(machine.run_id) + step) % len(run_ids)
                view.run_id = run_ids[position]
        else:
            count = len(self.system_charts)
            focus = _clamped(view.system_focus, max(0, count - 1))
            view.system_focus = moved_focus(action, focus, count, self.system_layout(count))

    def _change_front(self, direction: int) -> None:
        """Bring the next of the compared runs on screen, and so to the front."""
        keys = [one.key for one in self.diff_runs]
        front = self.compared[-1].key
        key = keys[(keys.index(front) + direction) % len(keys)]
        self.view.project, self.view.run_id = key
        if self.view.marks.pinned is not None:
            self.view.marks.pin(key)

    def _change_run(self, direction: int) -> None:
        project, run = self.project, self.run
        if project is None or run is None:
            return
        if self.compared:
            self._change_front(direction)
            return
        run_ids = list(project.runs)
        position = (run_ids.index(run.run_id) + direction) % len(run_ids)
        focused = self.metrics[self.focus] if self.metrics else None
        self.view.run_id = run_ids[position]
        # The same metric keeps the focus where the other run has it, too.
        if focused in self.metrics:
            self.view.focus = self.metrics.index(focused)


_SYSTEM_ACTIONS = frozenset(
    {
        Action.ENLARGE,
        Action.BACK,
        Action.NEXT_RUN,
        Action.PREVIOUS_RUN,
        Action.LEFT,
        Action.RIGHT,
        Action.UP,
        Action.DOWN,
        Action.PREVIOUS_PAGE,
        Action.NEXT_PAGE,
        Action.FIRST,
        Action.LAST,
    }
)
_RUN_TABLE_ACTIONS = frozenset(
    {
        Action.LEFT,
        Action.RIGHT,
        Action.SORT,
        Action.ALL_PROJECTS,
        Action.MARK,
        Action.MARK_MATCHING,
        Action.MARK_ONLY,
        Action.UNMARK_ALL,
    }
)
"""Keys that change nothing outside the table of runs."""


def _clamped(position: int, last: int) -> int:
    return max(0, min(position, last))
