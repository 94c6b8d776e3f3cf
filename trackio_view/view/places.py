"""What the person looks at: which screen, which run, which part of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from trackio_view.model.objects import RunPageView
from trackio_view.model.selection import Selection
from trackio_view.view.bindings import Mode
from trackio_view.view.config_diff import DiffView
from trackio_view.view.gpus import GpuView
from trackio_view.view.marks import Marks
from trackio_view.view.runs.cursor import RunsView


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
    help_over: Mode = Mode.METRICS
    """What the help lies over, and leaving it leads back to."""
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

    @property
    def screen(self) -> Mode:
        """What is on screen, be it under the help."""
        return self.help_over if self.mode is Mode.HELP else self.mode

    def settle_scroll(self, first_line: int) -> None:
        """Take in from which line a long text was drawn: there is none to see beyond its end."""
        if self.mode is Mode.HELP:
            self.help_offset = first_line
        elif self.mode is Mode.RUN_PAGE:
            self.page.offset = first_line
        elif self.mode is Mode.CONFIG_DIFF:
            self.diff.offset = first_line
