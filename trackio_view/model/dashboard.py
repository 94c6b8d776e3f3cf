"""Everything that is known, what of it is looked at, and how events change both.

The fold is synchronous and never awaits; screens only read.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio_view.model.bindings import Action, Mode, action_for
from trackio_view.model.events import (
    DataEvent,
    InputEvent,
    KeyPressed,
    Notice,
    ProjectsListed,
    ProjectSummary,
    Resized,
)
from trackio_view.model.focus import moved_focus
from trackio_view.model.gpu import GpusSampled
from trackio_view.model.gpu_history import Gpus
from trackio_view.model.gpu_view import GpuView
from trackio_view.model.layout import Layout, lay_out
from trackio_view.model.project import Project
from trackio_view.model.run import Run
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
    quit: bool = False
    _selected: tuple[list[str], list[str]] | None = field(default=None, repr=False)
    """The metrics of a run, and the selected ones among them."""

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
        """The selected metrics of the run on screen, in the order of their charts."""
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

    @property
    def wants_gpus(self) -> bool:
        """Whether the GPUs should be sampled."""
        return self.view.on_gpus or self.view.gpus.strip

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
        self.projects.setdefault(project, Project(project, self.view.selection.since))
        if self.view.project != project:
            self.view.project, self.view.run_id, self.view.focus = project, None, 0

    def apply(self, event: DataEvent) -> None:
        """Take in what a source reports."""
        if isinstance(event, Notice):
            key = (event.source, event.subject)
            self.notices.pop(key, None)
            if event.text is not None:
                self.notices[key] = event
        elif isinstance(event, ProjectsListed):
            self.listed = True
            self._list_projects(tuple(event.projects))
        elif isinstance(event, GpusSampled):
            self.gpus.apply(event)
        elif event.project in self.projects:
            self.projects[event.project].apply(event)

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

    def _act(self, action: Action) -> None:
        view = self.view
        if action is Action.QUIT:
            self.quit = True
        elif action is Action.GPUS:
            self.show_gpus(not view.on_gpus)
        elif action is Action.SYSTEM:
            self.show_system(not view.on_system)
        elif action is Action.GPU_STRIP:
            view.gpus.strip = not view.gpus.strip
        elif action is Action.HELP:
            self._toggle(Mode.HELP)
            view.help_offset = 0
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

    @property
    def base_mode(self) -> Mode:
        """What lies under the lists that can be laid over it."""
        if self.view.on_gpus:
            return Mode.GPUS
        if self.view.on_system:
            return Mode.SYSTEM
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

    def _change_run(self, direction: int) -> None:
        project, run = self.project, self.run
        if project is None or run is None:
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


def _clamped(position: int, last: int) -> int:
    return max(0, min(position, last))
